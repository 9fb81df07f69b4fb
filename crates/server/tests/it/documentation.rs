//! The lists of settings, reasons and metrics in the documentation must be complete, and the figures in it must be
//! measured ones.

use std::collections::BTreeMap;

use application::telemetry::Reason;
use observability::metrics::CATALOGUE;
use rstest::rstest;

use crate::command_line::{fleetwatch, stdout};

const OPERATIONS: &str = include_str!("../../../../docs/operations.md");
const BENCHMARKS: &str = include_str!("../../../../docs/benchmarks.md");
const SCALING: &str = include_str!("../../../../docs/scaling.md");
const REDIS: &str = include_str!("../../../../docs/redis.md");

/// Returns the first two columns of the table whose first column has the given title, by the first column.
fn table(document: &'static str, title: &str) -> BTreeMap<&'static str, &'static str> {
    let header = format!("| {title} |");
    document
        .lines()
        .map(str::trim_start)
        .skip_while(|line| !line.starts_with(&header))
        .skip(2)
        .take_while(|line| line.starts_with('|'))
        .map(|row| {
            let mut cells = row
                .trim_start_matches('|')
                .split(" | ")
                .map(|cell| cell.trim().trim_matches('`'));
            (cells.next().unwrap_or_default(), cells.next().unwrap_or_default())
        })
        .collect()
}

#[rstest]
#[case("--reference", "configuration.md")]
#[case("--schema", "fleetwatch.schema.json")]
fn the_description_of_the_settings_is_up_to_date(#[case] option: &str, #[case] file: &str) {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/").to_owned() + file;
    let kept = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
    let printed = stdout(&fleetwatch(&["config", option], &[]));
    for (line, (kept, printed)) in (1..).zip(kept.lines().zip(printed.lines())) {
        assert_eq!(kept, printed, "docs/{file}:{line}; run `just settings`");
    }
    assert_eq!(
        kept.len(),
        printed.len(),
        "the length of docs/{file}; run `just settings`"
    );
}

#[test]
fn every_reason_for_rejection_is_documented() {
    let explained: Vec<_> = table(REDIS, "reason")
        .into_keys()
        .flat_map(|cell| cell.split("`, `"))
        .collect();
    for reason in Reason::ALL {
        assert!(
            explained.contains(&reason.as_str()),
            "{} is not in {explained:?}",
            reason.as_str()
        );
    }
    assert_eq!(explained.len(), Reason::ALL.len(), "{explained:?}");
}

#[test]
fn every_metric_is_documented() {
    for metric in CATALOGUE {
        let is_explained = ["`", "{"]
            .iter()
            .any(|end| OPERATIONS.contains(&format!("`{}{end}", metric.name)));
        assert!(is_explained, "{}", metric.name);
    }
}

/// Returns the cells of a row of a table.
fn cells(row: &str) -> Vec<&str> {
    row.trim_matches('|').split(" | ").map(str::trim).collect()
}

/// Returns the row of the server for a load, without the names of the load and the system.
fn measured(load: &str) -> Vec<&'static str> {
    let load = format!("| **{load}** ");
    let row = BENCHMARKS
        .lines()
        .skip_while(|line| !line.starts_with(&load))
        .find(|line| line.contains("| **fleetwatch** |"));
    let row = row.unwrap_or_else(|| panic!("{load} is not in docs/benchmarks.md"));
    cells(row).split_off(2)
}

/// Checks that a document states a measured figure, which may be rounded.
fn check_figure(document: &str, what: &str, stated: &str, measured: &str) {
    let number = |text: &str| -> f64 {
        let number = text.replace(',', "").parse();
        number.unwrap_or_else(|_| panic!("{document}, {what}: {text:?} is no number"))
    };
    let (stated, measured) = (number(stated), number(measured));
    assert!(
        (stated - measured).abs() <= measured / 20.0,
        "{document} states {stated} for {what}, and docs/benchmarks.md {measured}"
    );
}

/// Returns the word before a text, whatever the width of the lines.
fn word_before(document: &str, after: &str) -> String {
    let words: Vec<_> = document.split_whitespace().collect();
    let text = words.join(" ");
    let (before, _) = text
        .split_once(after)
        .unwrap_or_else(|| panic!("there is no {after:?}"));
    before.rsplit(' ').next().expect("a word").to_owned()
}

/// Number of a column in the rows that [`measured`] returns.
const CPU_PER_MILLION: usize = 10;
/// The same for W5, as a percentage of one core.
const CPU_OF_W5: usize = 2;

#[test]
fn the_figures_of_the_capacity_are_measured() {
    let document = "docs/operations.md";
    let (_, chapter) = OPERATIONS.split_once("\n## Capacity\n").expect("a chapter");
    let rows: Vec<_> = chapter
        .lines()
        .filter(|line| line.starts_with("| W"))
        .map(cells)
        .collect();
    assert_eq!(rows.len(), 3);
    for row in rows {
        check_figure(document, row[0], row[2], measured(row[0])[CPU_PER_MILLION]);
    }
    for (load, after) in [
        ("W5", " % of a core for 200,000 messages/s"),
        ("W5-arrays", " % of a core for 500,000 updates/s in arrays"),
    ] {
        let stated = word_before(chapter, after);
        check_figure(document, load, &stated, measured(load)[CPU_OF_W5]);
    }
    for (subprotocol, column, after) in [
        ("fleetwatch.v1.json", 1, " bytes in JSON"),
        (
            "fleetwatch.v1.msgpack.deflate",
            2,
            " as a MessagePack delta with deflate",
        ),
    ] {
        let stated = word_before(chapter, after);
        check_figure(document, subprotocol, &stated, size(subprotocol, column));
    }
}

/// Returns the size of an update with this subprotocol: column 1 is for whole updates, and column 2 for deltas.
fn size(subprotocol: &str, column: usize) -> &'static str {
    let start = format!("| `{subprotocol}` | ");
    let row = BENCHMARKS.lines().find(|line| line.starts_with(&start));
    cells(row.unwrap_or_else(|| panic!("{subprotocol} is not in docs/benchmarks.md")))[column]
}

#[test]
fn the_figures_of_large_fleets_are_measured() {
    let document = "docs/scaling.md";
    for (load, column, after) in [
        ("W5", CPU_OF_W5, " % of a core for 200,000/s |"),
        ("W5-arrays", CPU_OF_W5, " % of a core for 500,000/s |"),
        ("W2", CPU_PER_MILLION, " s per million |"),
        ("W3", CPU_PER_MILLION, " s per million deliveries |"),
    ] {
        check_figure(
            document,
            load,
            &word_before(SCALING, after),
            measured(load)[column],
        );
    }
    let stated = word_before(SCALING, "; 53 bytes | sizes |");
    check_figure(document, "JSON", &stated, size("fleetwatch.v1.json", 1));
    check_figure(document, "deltas", "53", size("fleetwatch.v1.msgpack.deflate", 2));
}

#[test]
fn the_figures_of_the_memory_are_measured() {
    let document = "docs/operations.md";
    let most = BENCHMARKS
        .lines()
        .skip_while(|line| !line.starts_with("| attack | answers |"))
        .skip(2)
        .take_while(|line| line.starts_with('|'))
        .map(|row| cells(row)[8].parse::<u32>().expect("a number"))
        .max();
    let most = most.expect("attacks").to_string();
    let stated = word_before(OPERATIONS, " MiB during the [attacks]");
    check_figure(document, "attacks", &stated, &most);
    let stated = word_before(OPERATIONS, " MiB during an import of 100,000 vehicles");
    let measured = word_before(BENCHMARKS, " MiB of memory; a page of another tenant");
    check_figure(document, "an import", &stated, &measured);
}

/// Returns the names of metrics that occur as literals in Rust source text.
fn named_metrics(text: &str) -> impl Iterator<Item = &str> {
    text.split('"').filter(|part| {
        part.starts_with("fleetwatch_") && part.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_')
    })
}

#[test]
fn the_catalogue_lists_exactly_the_recorded_metrics() {
    let sources: Vec<_> = crate::prose::sources()
        .into_iter()
        .filter(|file| {
            file.extension().is_some_and(|extension| extension == "rs")
                && !["metrics/catalogue.rs", "metrics/labels.rs"]
                    .iter()
                    .any(|listed| file.ends_with(listed))
        })
        .filter(|file| file.components().any(|part| part.as_os_str() == "src"))
        .map(|file| (std::fs::read_to_string(&file).expect("text"), file))
        .collect();
    for (text, file) in &sources {
        for name in named_metrics(text).filter(|name| text.contains(&format!("!(\"{name}\""))) {
            assert!(
                CATALOGUE.iter().any(|metric| metric.name == name),
                "{name} of {} is not in the catalogue",
                file.display()
            );
        }
    }
    let is_reserved = |name: &str| {
        let row = OPERATIONS
            .lines()
            .find(|line| line.starts_with(&format!("| `{name}")));
        row.is_some_and(|row| row.contains("| reserved for "))
    };
    for metric in CATALOGUE.iter().filter(|metric| !is_reserved(metric.name)) {
        let literal = format!("\"{}\"", metric.name);
        let constant = format!(
            "names::{}",
            metric.name.trim_start_matches("fleetwatch_").to_uppercase()
        );
        assert!(
            sources
                .iter()
                .any(|(text, _)| text.contains(&literal) || text.contains(&constant)),
            "{} is in the catalogue, and no source records it",
            metric.name
        );
    }
}

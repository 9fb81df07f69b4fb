//! The lists of settings, reasons and metrics in the documentation must be complete.

use std::collections::BTreeMap;

use application::telemetry::Reason;
use observability::metrics::CATALOGUE;
use rstest::rstest;

use crate::command_line::{fleetwatch, stdout};

const OPERATIONS: &str = include_str!("../../../../docs/operations.md");
const BENCHMARKS: &str = include_str!("../../../../docs/benchmarks.md");
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

/// Checks that a stated figure is within a quarter of a measured one.
fn check_figure(what: &str, stated: &str, measured: &str) {
    let number = |text: &str| -> f64 { text.replace(',', "").parse().expect("a number") };
    let (stated, measured) = (number(stated), number(measured));
    assert!(
        (stated - measured).abs() <= measured / 4.0,
        "docs/operations.md states {stated} for {what}, and docs/benchmarks.md {measured}"
    );
}

#[test]
fn the_figures_of_the_capacity_are_measured() {
    let (_, chapter) = OPERATIONS.split_once("\n## Capacity\n").expect("a chapter");
    let rows = chapter.lines().filter(|line| line.starts_with("| W"));
    let mut count = 0;
    for row in rows {
        let stated = cells(row);
        let (load, _) = stated[0].split_once(':').expect("the name of a load");
        let measured = measured(load);
        // Deliveries per second, MB/s, p99, CPU seconds per million, memory.
        for (column, place) in [0, 1, 4, 10, 11].into_iter().enumerate() {
            let what = format!("column {} of {load}", column + 1);
            check_figure(&what, stated[column + 1], measured[place]);
        }
        count += 1;
    }
    assert_eq!(count, 4);
    assert!(chapter.contains("about 70 % of a core for 200,000 messages per second"));
    check_figure("the CPU time of W5", "70", measured("W5")[2]);
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

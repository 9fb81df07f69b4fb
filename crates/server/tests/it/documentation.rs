//! The lists of settings, reasons and metrics in the documentation must be complete.

use std::collections::BTreeMap;

use application::telemetry::Reason;
use observability::metrics::CATALOGUE;
use rstest::rstest;

use crate::command_line::{fleetwatch, stdout};

const OPERATIONS: &str = include_str!("../../../../docs/operations.md");
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

use std::{collections::HashSet, fs, path::Path};

use metrics::{counter, gauge, histogram, with_local_recorder};
use observability::metrics::{CATALOGUE, Kind, MetricsPage, begin_at_zero, labels_of, names, recorder};

/// Beginning of the names of the metrics that are collected when the page is rendered.
const OF_THE_PROCESS: &str = "process_";

#[test]
fn every_metric_of_the_catalogue_is_rendered_with_its_kind_and_help() {
    let recorder = recorder();
    with_local_recorder(&recorder, || {
        for metric in CATALOGUE
            .iter()
            .filter(|metric| !metric.name.starts_with(OF_THE_PROCESS))
        {
            match metric.kind {
                Kind::Counter => counter!(metric.name).increment(1),
                Kind::Gauge => gauge!(metric.name).set(1.0),
                Kind::Histogram(_) => histogram!(metric.name).record(0.11),
            }
        }
    });
    let page = MetricsPage::of(&recorder).render();
    for metric in CATALOGUE {
        let name = metric.name;
        if name.starts_with(OF_THE_PROCESS) {
            let samples = page
                .lines()
                .filter_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
            let values: Vec<f64> = samples.map(|value| value.parse().expect("a number")).collect();
            assert_eq!(values.len(), 1, "{name}");
            // The process may have used almost no CPU time, but all other values are greater than 0.
            assert!(
                values[0] > 0.0 || name == names::PROCESS_CPU_SECONDS_TOTAL,
                "{name}"
            );
            assert!(
                page.contains(&format!("# HELP {name} {}\n# TYPE {name} ", metric.help)),
                "{name}"
            );
            continue;
        }
        let (kind, sample) = match metric.kind {
            Kind::Counter => ("counter", format!("{name} 1")),
            Kind::Gauge => ("gauge", format!("{name} 1")),
            Kind::Histogram(_) => ("histogram", format!("{name}_bucket{{le=\"+Inf\"}} 1")),
        };
        for line in [
            format!("# HELP {name} {}", metric.help),
            format!("# TYPE {name} {kind}"),
            sample,
        ] {
            assert!(
                page.lines().any(|shown| shown == line),
                "{line:?} is not in:\n{page}"
            );
        }
    }
}

#[test]
fn counters_begin_at_zero_with_all_their_labels() {
    let recorder = recorder();
    with_local_recorder(&recorder, begin_at_zero);
    let page = MetricsPage::of(&recorder).render();
    let has = |line: &str| page.lines().any(|shown| shown == line);
    for metric in CATALOGUE.iter().filter(|metric| metric.kind == Kind::Counter) {
        let mut samples = page.lines().filter(|line| line.starts_with(metric.name));
        assert!(samples.next().is_some(), "{} is not in:\n{page}", metric.name);
    }
    for line in [
        "fleetwatch_dlq_dropped_total 0",
        r#"fleetwatch_dlq_messages_total{reason="jump"} 0"#,
        r#"fleetwatch_http_connections_closed_total{reason="all"} 0"#,
        r#"fleetwatch_ingest_messages_total{channel="all",outcome="lagged"} 0"#,
        r#"fleetwatch_ingest_messages_total{channel="vehicle:state:update",outcome="jump"} 0"#,
        r#"fleetwatch_graphql_request_duration_seconds_count{kind="query",outcome="error"} 0"#,
        "fleetwatch_ws_connections 0",
    ] {
        assert!(has(line), "{line} is not in:\n{page}");
    }
    for series in [
        r#"fleetwatch_dlq_messages_total{reason="rate_limited"}"#,
        r#"fleetwatch_ingest_messages_total{channel="all",outcome="accepted"}"#,
        "fleetwatch_feed_up ",
        "fleetwatch_http_request_duration_seconds",
    ] {
        let mut samples = page.lines().filter(|line| line.starts_with(series));
        assert_eq!(samples.next(), None, "{series}");
    }
}

#[test]
fn the_first_increment_continues_the_series() {
    let recorder = recorder();
    with_local_recorder(&recorder, || {
        begin_at_zero();
        counter!(
            names::INGEST_MESSAGES_TOTAL,
            "channel" => "vehicle:state:update", "outcome" => "jump",
        )
        .increment(2);
    });
    let page = MetricsPage::of(&recorder).render();
    let series = r#"fleetwatch_ingest_messages_total{channel="vehicle:state:update",outcome="jump"}"#;
    let samples: Vec<_> = page
        .lines()
        .filter_map(|line| line.strip_prefix(series))
        .collect();
    assert_eq!(samples, [" 2"]);
}

#[test]
fn names_have_the_suffixes_of_their_kinds() {
    let names: HashSet<_> = CATALOGUE.iter().map(|metric| metric.name).collect();
    assert_eq!(names.len(), CATALOGUE.len(), "every name is unique");
    for metric in CATALOGUE {
        let is_prefixed = ["fleetwatch_", OF_THE_PROCESS]
            .iter()
            .any(|prefix| metric.name.starts_with(prefix));
        assert!(is_prefixed, "{}", metric.name);
        assert_eq!(
            metric.name.ends_with("_total"),
            metric.kind == Kind::Counter,
            "{}",
            metric.name
        );
        if matches!(metric.kind, Kind::Histogram(_)) {
            assert!(metric.name.ends_with("_seconds"), "{}", metric.name);
        }
    }
}

#[test]
fn latency_buckets_have_a_bound_at_the_interval_plus_20_ms() {
    let recorder = recorder();
    let latency = names::DELIVERY_LATENCY_SECONDS;
    with_local_recorder(&recorder, || {
        for seconds in [0.119, 0.121] {
            histogram!(latency).record(seconds);
        }
    });
    let page = MetricsPage::of(&recorder).render();
    assert!(
        page.contains(&format!("{latency}_bucket{{le=\"0.12\"}} 1")),
        "{page}"
    );
    assert!(
        page.contains(&format!("{latency}_bucket{{le=\"60\"}} 2")),
        "{page}"
    );
}

#[test]
fn every_recorded_metric_is_in_the_catalogue() {
    let recorded = recorded_metrics();
    let known: HashSet<_> = CATALOGUE.iter().map(|metric| metric.name).collect();
    assert!(!recorded.is_empty(), "the search should find names");
    let unknown: Vec<_> = recorded
        .iter()
        .map(|(name, _)| name.as_str())
        .filter(|name| !known.contains(name))
        .collect();
    assert!(unknown.is_empty(), "recorded, but not described: {unknown:?}");
}

#[test]
fn every_recorded_label_is_described() {
    let mut labelled = 0;
    for (metric, label) in recorded_metrics() {
        let Some(label) = label else { continue };
        labelled += 1;
        let is_known = labels_of(&metric).iter().any(|known| known.name == label);
        assert!(
            is_known,
            "the label {label} of {metric} is not in metrics/labels.rs"
        );
    }
    assert!(labelled > 10, "the search should find labels: {labelled}");
}

#[test]
fn labels_allow_only_their_own_values() {
    let is_allowed = |metric, name: &str, value| {
        let label = labels_of(metric).iter().find(|label| label.name == name);
        label.expect("a label of the metric").values.allow(value)
    };
    for (metric, label, allowed, refused) in [
        (
            names::INGEST_MESSAGES_TOTAL,
            "outcome",
            "out_of_bounds",
            "vehicle-7",
        ),
        (
            names::INGEST_MESSAGES_TOTAL,
            "channel",
            "vehicle:position:update",
            "vehicle:position:update:3",
        ),
        (names::VEHICLES, "connection", "TIMEOUT", "timeout"),
        (names::HTTP_REQUEST_DURATION_SECONDS, "method", "_OTHER", "BREW"),
        (names::HTTP_REQUEST_DURATION_SECONDS, "status", "404", "2000"),
        (
            names::HTTP_REQUEST_DURATION_SECONDS,
            "route",
            "unmatched",
            "robots.txt",
        ),
        (names::BUILD_INFO, "version", "0.1.0", "latest"),
    ] {
        assert!(is_allowed(metric, label, allowed), "{label}={allowed}");
        assert!(!is_allowed(metric, label, refused), "{label}={refused}");
    }
}

/// Returns the metrics that the sources of all crates record, with each of their labels, or with none.
fn recorded_metrics() -> Vec<(String, Option<String>)> {
    let crates = Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("the folder of all crates");
    let mut recorded = Vec::new();
    for entry in fs::read_dir(crates).expect("a folder") {
        collect_metrics(&entry.expect("a crate").path().join("src"), &mut recorded);
    }
    recorded
}

/// Collects the metrics that the sources in a folder record, by their names or by constants of [`names`].
fn collect_metrics(folder: &Path, found: &mut Vec<(String, Option<String>)>) {
    for entry in fs::read_dir(folder).into_iter().flatten() {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            collect_metrics(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let source: String = fs::read_to_string(&path)
                .expect("a source")
                .split_whitespace()
                .collect();
            for call in ["counter!(", "gauge!(", "histogram!("] {
                for arguments in source.split(call).skip(1).map(arguments) {
                    let Some(name) = name_in(arguments) else { continue };
                    found.push((name.clone(), None));
                    // A label is followed by an arrow: `"reason" => reason`.
                    let labels = arguments.split("\"=>").map(|before| before.rsplit('"').next());
                    let count = arguments.matches("\"=>").count();
                    found.extend(
                        labels
                            .take(count)
                            .map(|label| (name.clone(), label.map(str::to_owned))),
                    );
                }
            }
        }
    }
}

/// Returns the text up to the parenthesis that closes a call.
fn arguments(rest: &str) -> &str {
    let mut depth = 1;
    let end = rest.find(|c: char| {
        depth += i32::from(c == '(') - i32::from(c == ')');
        depth == 0
    });
    &rest[..end.unwrap_or(rest.len())]
}

/// Returns the name of the metric in the arguments of a call; `None` if it is a variable.
fn name_in(arguments: &str) -> Option<String> {
    let first = arguments.split(',').next()?;
    if let Some(constant) = first.strip_prefix("names::") {
        let name = constant.to_lowercase();
        let is_whole = name.starts_with(OF_THE_PROCESS);
        return Some(if is_whole {
            name
        } else {
            format!("fleetwatch_{name}")
        });
    }
    first.strip_prefix('"')?.strip_suffix('"').map(str::to_owned)
}

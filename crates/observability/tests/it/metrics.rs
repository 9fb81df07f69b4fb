use std::{collections::HashSet, fs, path::Path};

use metrics::{counter, gauge, histogram, with_local_recorder};
use observability::metrics::{CATALOGUE, Kind, MetricsPage, names, recorder};

#[test]
fn every_metric_of_the_catalogue_is_rendered_with_its_kind_and_help() {
    let recorder = recorder();
    with_local_recorder(&recorder, || {
        for metric in CATALOGUE {
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
fn names_have_the_suffixes_of_their_kinds() {
    let names: HashSet<_> = CATALOGUE.iter().map(|metric| metric.name).collect();
    assert_eq!(names.len(), CATALOGUE.len(), "every name is unique");
    for metric in CATALOGUE {
        assert!(metric.name.starts_with("fleetwatch_"), "{}", metric.name);
        assert_eq!(
            metric.name.ends_with("_total"),
            metric.kind == Kind::Counter,
            "{}",
            metric.name
        );
        let is_histogram = matches!(metric.kind, Kind::Histogram(_));
        assert_eq!(metric.name.ends_with("_seconds"), is_histogram, "{}", metric.name);
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
    let crates = Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("the folder of all crates");
    let mut recorded = HashSet::new();
    for entry in fs::read_dir(crates).expect("a folder") {
        collect_names(&entry.expect("a crate").path().join("src"), &mut recorded);
    }
    let known: HashSet<_> = CATALOGUE.iter().map(|metric| metric.name.to_owned()).collect();
    assert!(!recorded.is_empty(), "the search should find names");
    let unknown: Vec<_> = recorded.difference(&known).collect();
    assert!(unknown.is_empty(), "recorded, but not described: {unknown:?}");
}

/// Collects the names that the sources in a folder record as literals.
fn collect_names(folder: &Path, found: &mut HashSet<String>) {
    for entry in fs::read_dir(folder).into_iter().flatten() {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            collect_names(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let source: String = fs::read_to_string(&path)
                .expect("a source")
                .split_whitespace()
                .collect();
            for call in ["counter!(\"", "gauge!(\"", "histogram!(\""] {
                let names = source
                    .split(call)
                    .skip(1)
                    .filter_map(|rest| rest.split('"').next());
                found.extend(names.map(str::to_owned));
            }
        }
    }
}

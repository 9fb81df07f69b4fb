use std::collections::HashSet;

use metrics::{counter, gauge, histogram, with_local_recorder};
use observability::metrics::{CATALOGUE, Kind, MetricsPage, names, recorder};

#[test]
fn every_metric_of_the_catalogue_is_shown_as_what_it_is() {
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
fn names_say_what_they_count() {
    let names: HashSet<_> = CATALOGUE.iter().map(|metric| metric.name).collect();
    assert_eq!(names.len(), CATALOGUE.len(), "no name comes twice");
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
fn buckets_tell_whether_the_interval_plus_20_ms_was_kept() {
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

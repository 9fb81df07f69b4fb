//! The metrics of a server on which no fault has occurred yet.

use observability::metrics::{CATALOGUE, Kind};

use super::{
    dashboards,
    expressions::{ADDED, Selector, selectors},
    files,
    page::{Series, page, series_of},
};
use crate::end_to_end::support::Plant;

/// The metrics that every server has, with the suffixes of histograms.
const PROMISED: &[&str] = &[
    "fleetwatch_active_vehicles",
    "fleetwatch_ws_connections",
    "fleetwatch_redis_sync_lag_seconds_count",
    "fleetwatch_delivery_latency_seconds_count",
    "fleetwatch_data_age_seconds_count",
    "fleetwatch_graphql_request_duration_seconds_count",
    "fleetwatch_http_request_duration_seconds_count",
    "fleetwatch_ingest_messages_total",
    "fleetwatch_ws_frames_total",
    "fleetwatch_ws_events_total",
    "fleetwatch_ws_conflated_total",
    "fleetwatch_dlq_messages_total",
    "fleetwatch_circuit_state",
    "fleetwatch_build_info",
];

fn is_counter(name: &str) -> bool {
    CATALOGUE
        .iter()
        .any(|metric| metric.name == name && metric.kind == Kind::Counter)
}

impl Selector<'_> {
    /// Returns `true` if the series has the selector's name and satisfies its equality matchers, apart from those on
    /// labels that Prometheus adds.
    fn selects(&self, series: &Series) -> bool {
        series.name == self.name
            && self
                .matchers
                .iter()
                .filter(|(label, operator, _)| *operator == "=" && !ADDED.contains(label))
                .all(|(label, _, value)| {
                    series
                        .labels
                        .iter()
                        .any(|(name, of)| name == label && of == value)
                })
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_counter_of_rules_and_dashboards_exists_before_its_first_increment() {
    let plant = Plant::start().await;
    let series = series_of(&page(&plant.program).await);
    let rules = files("prometheus/rules").into_iter().map(|(_, text)| text);
    let mut counters = 0;
    for text in rules.chain(dashboards::queries()) {
        for selector in selectors(&text).iter().filter(|found| is_counter(found.name)) {
            counters += 1;
            assert!(
                series.iter().any(|series| selector.selects(series)),
                "{selector:?} selects nothing"
            );
        }
    }
    assert!(counters > 20, "rules and dashboards use counters: {counters}");
    for name in PROMISED {
        assert!(series.iter().any(|series| series.name == *name), "{name}");
    }
}

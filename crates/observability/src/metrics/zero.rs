//! Metrics that exist from the start.
//!
//! PromQL's `increase` and `rate` compare samples of a series. A counter that only appeared with its first increment
//! would hide that increment, and an alert on it would miss the first fault, which may be the only one.

use metrics::{Label, counter, gauge, histogram};

use super::{
    catalogue::{CATALOGUE, Kind, names},
    labels::{Values, labels_of},
};

/// Beginning of the names of metrics that are read from the system when the page is rendered.
const OF_THE_PROCESS: &str = "process_";

/// Gauges that are 0 until something happens. The others are set by the code whose state they describe.
const GAUGES: &[&str] = &[names::WS_CONNECTIONS];

/// Registers all counters, and all histograms whose labels have a fixed set of values, with each combination of their
/// labels, and the gauges that are 0 at the start. Called before anything is recorded.
pub fn begin_at_zero() {
    for metric in CATALOGUE
        .iter()
        .filter(|metric| !metric.name.starts_with(OF_THE_PROCESS))
    {
        for labels in label_sets(metric.name) {
            match metric.kind {
                Kind::Counter => counter!(metric.name, labels).increment(0),
                Kind::Gauge if GAUGES.contains(&metric.name) => gauge!(metric.name, labels).set(0.0),
                Kind::Gauge => {}
                Kind::Histogram(_) => drop(histogram!(metric.name, labels)),
            }
        }
    }
}

/// Returns the labels of each series of a metric, in the order in which they are recorded; none if their values are not
/// a fixed set.
fn label_sets(metric: &str) -> Vec<Vec<Label>> {
    let mut sets: Vec<Vec<(&'static str, &'static str)>> = vec![Vec::new()];
    for label in labels_of(metric) {
        let Values::Words(words) = label.values else {
            return Vec::new();
        };
        let mut longer = Vec::new();
        for set in &sets {
            for word in words() {
                let mut set = set.clone();
                set.push((label.name, word));
                longer.push(set);
            }
        }
        sets = longer;
    }
    sets.retain(|set| is_recorded(metric, set));
    sets.into_iter()
        .map(|set| {
            set.into_iter()
                .map(|(name, value)| Label::from_static_parts(name, value))
                .collect()
        })
        .collect()
}

/// Returns `false` for a combination of labels that is never recorded.
fn is_recorded(metric: &str, labels: &[(&'static str, &'static str)]) -> bool {
    match metric {
        // Messages that are lost unread are not counted by channel, and all others are.
        names::INGEST_MESSAGES_TOTAL => {
            labels.contains(&("channel", "all")) == labels.contains(&("outcome", "lagged"))
        }
        _ => true,
    }
}

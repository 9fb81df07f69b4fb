//! Labels of the metrics. Every combination of values is a time series, which takes memory in the server and in
//! Prometheus, so clients and robots must not be able to create values.

use application::telemetry::{Channel, OptionalField, Reason};
use domain::{telemetry::ConnectionStatus, vehicle::MismatchKind};

use super::catalogue::names;

/// A label of a metric.
#[derive(Debug, Clone, Copy)]
pub struct Label {
    pub name: &'static str,
    pub values: Values,
}

/// Possible values of a label.
#[derive(Debug, Clone, Copy)]
pub enum Values {
    /// The words of a list.
    Words(fn() -> Vec<&'static str>),
    /// Patterns of routes, as they are written in the sources, or `unmatched`.
    Routes,
    /// Status codes of HTTP responses.
    Statuses,
    /// The version of the program.
    Version,
}

impl Values {
    /// Returns `true` if a label may have this value.
    #[must_use]
    pub fn allow(&self, value: &str) -> bool {
        match self {
            Self::Words(words) => words().contains(&value),
            Self::Routes => value == "unmatched" || value.starts_with('/'),
            Self::Statuses => {
                value.len() == 3
                    && value
                        .parse::<u16>()
                        .is_ok_and(|status| (100..600).contains(&status))
            }
            Self::Version => value.starts_with(|first: char| first.is_ascii_digit()),
        }
    }
}

const fn words(name: &'static str, words: fn() -> Vec<&'static str>) -> Label {
    Label {
        name,
        values: Values::Words(words),
    }
}

const fn label(name: &'static str, values: Values) -> Label {
    Label { name, values }
}

fn reasons() -> Vec<&'static str> {
    Reason::ALL.iter().map(|reason| reason.as_str()).collect()
}

/// Returns the reasons for which messages are kept as dead letters.
fn kept_reasons() -> Vec<&'static str> {
    let kept = Reason::ALL.iter().filter(|reason| !reason.is_of_rate());
    kept.map(|reason| reason.as_str()).collect()
}

fn dependencies() -> Vec<&'static str> {
    vec!["database", "redis"]
}

/// The metrics that have labels, in the order in which they are recorded.
const LABELS: &[(&str, &[Label])] = &[
    (
        names::BUILD_INFO,
        &[
            label("version", Values::Version),
            words("profile", || vec!["debug", "release"]),
        ],
    ),
    (
        names::VEHICLES,
        &[words("connection", || {
            ConnectionStatus::ALL
                .iter()
                .map(|status| status.as_str())
                .collect()
        })],
    ),
    (
        names::INGEST_MESSAGES_TOTAL,
        &[
            words("channel", || {
                let channels = Channel::ALL.iter().map(|channel| channel.as_str());
                channels.chain(["all"]).collect()
            }),
            words("outcome", || [vec!["accepted", "lagged"], reasons()].concat()),
        ],
    ),
    (
        names::INGEST_FIELDS_DROPPED_TOTAL,
        &[words("field", || {
            OptionalField::ALL.iter().map(|field| field.as_str()).collect()
        })],
    ),
    (
        names::SYNC_MISMATCHES_TOTAL,
        &[words("kind", || {
            MismatchKind::ALL.iter().map(|kind| kind.as_str()).collect()
        })],
    ),
    (names::DLQ_MESSAGES_TOTAL, &[words("reason", kept_reasons)]),
    (
        names::QUEUE_LENGTH,
        &[words("queue", || {
            vec!["live_keys", "statuses", "dead_letters", "refusals", "passwords"]
        })],
    ),
    (
        names::QUEUE_CAPACITY,
        &[words("queue", || vec!["dead_letters", "refusals", "passwords"])],
    ),
    (
        names::POOL_CONNECTIONS,
        &[
            words("dependency", dependencies),
            words("state", || vec!["in_use", "idle"]),
        ],
    ),
    (names::POOL_SIZE, &[words("dependency", dependencies)]),
    (names::POOL_WAITING, &[words("dependency", dependencies)]),
    (
        names::GRAPHQL_REQUEST_DURATION_SECONDS,
        &[
            words("kind", || vec!["query", "mutation", "subscription", "unknown"]),
            words("outcome", || vec!["ok", "error"]),
        ],
    ),
    (
        names::HTTP_REQUEST_DURATION_SECONDS,
        &[
            words("method", || {
                vec![
                    "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "_OTHER",
                ]
            }),
            label("route", Values::Routes),
            label("status", Values::Statuses),
        ],
    ),
    (
        names::HTTP_CONNECTIONS_CLOSED_TOTAL,
        &[words("reason", || vec!["address", "all", "shed", "slow"])],
    ),
    (names::CIRCUIT_STATE, &[words("dependency", dependencies)]),
];

/// Returns the labels of a metric.
#[must_use]
pub fn labels_of(metric: &str) -> &'static [Label] {
    const NONE: &[Label] = &[];
    LABELS
        .iter()
        .find(|(name, _)| *name == metric)
        .map_or(NONE, |(_, labels)| *labels)
}

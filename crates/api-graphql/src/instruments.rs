//! Metrics of this API.

use juniper::OperationType;
use metrics::histogram;
use observability::metrics::names;
use tokio::time::Instant;

/// Records the duration of an operation; for a subscription, the time until it has started.
pub(crate) fn answered(kind: Option<OperationType>, is_ok: bool, started: Instant) {
    let kind = match kind {
        Some(OperationType::Query) => "query",
        Some(OperationType::Mutation) => "mutation",
        Some(OperationType::Subscription) => "subscription",
        None => "unknown",
    };
    let outcome = if is_ok { "ok" } else { "error" };
    histogram!(names::GRAPHQL_REQUEST_DURATION_SECONDS, "kind" => kind, "outcome" => outcome)
        .record(started.elapsed().as_secs_f64());
}

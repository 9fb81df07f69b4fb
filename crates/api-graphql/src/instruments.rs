//! What this API measures.

use juniper::OperationType;
use metrics::histogram;
use observability::metrics::names;
use tokio::time::Instant;

/// An operation was answered; a subscription is when it begins.
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

//! Fields that all log lines of a request have in common.

use domain::{UserId, VehicleId};
use tracing::{
    Span,
    field::{Empty, display},
};

/// Creates the span of a request. All log lines within it contain its fields.
pub(crate) fn request_span(id: &str) -> Span {
    tracing::error_span!(
        "request",
        request.id = id,
        trace.id = Empty,
        user.id = Empty,
        vehicle.id = Empty
    )
}

/// Creates the span of an operation that arrived on a socket and has its own trace. All log lines within it contain the
/// id of that trace, instead of that of the handshake, if any.
#[must_use]
pub fn operation_span(trace_id: u128) -> Span {
    tracing::error_span!("operation", trace.id = format_args!("{trace_id:032x}"))
}

/// Adds the id of its trace to the lines of a request.
pub(crate) fn note_trace(request: &Span, trace_id: u128) {
    request.record("trace.id", format_args!("{trace_id:032x}"));
}

/// Adds the user to the lines of the current request. Has no effect outside a request.
pub fn note_user(id: UserId) {
    Span::current().record("user.id", display(id));
}

/// Adds the vehicle that the request concerns to the lines of the current request. Has no effect outside a request.
pub fn note_vehicle(id: VehicleId) {
    Span::current().record("vehicle.id", display(id));
}

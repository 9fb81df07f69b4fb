//! Close codes specific to this endpoint.

use http_edge::websocket::Close;

/// Returns the close frame for an ended session or an expired access token (4401).
pub(crate) fn unauthenticated(reason: &str) -> Close {
    Close::new(4401, reason)
}

/// Returns the close frame for too many malformed messages (4400).
pub(crate) fn protocol_error() -> Close {
    Close::new(4400, "too many malformed messages")
}

/// Returns the close frame for unanswered pings (4008).
pub(crate) fn not_answering() -> Close {
    Close::new(4008, "ping timeout")
}

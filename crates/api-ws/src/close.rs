//! Close codes specific to this endpoint.

use http_edge::websocket::Close;

/// Closes with 1012 because the server shuts down. The reason states the pause before reconnecting, which differs
/// between clients so that they do not all reconnect at once.
pub(crate) fn restarting(retry_after_ms: u32) -> Close {
    Close::new(1012, format!("retry-after={retry_after_ms}"))
}

/// Closes with 4401 because the user's session has ended or the access token has expired.
pub(crate) fn unauthenticated(reason: &str) -> Close {
    Close::new(4401, reason)
}

/// Closes with 4400 after more malformed messages than are tolerated.
pub(crate) fn protocol_error() -> Close {
    Close::new(4400, "too many malformed messages")
}

/// Closes with 4008 because pings are not answered.
pub(crate) fn not_answering() -> Close {
    Close::new(4008, "ping timeout")
}

//! The close codes that only this endpoint has.

use http_edge::websocket::Close;

/// The server goes down; come back after so many milliseconds, which differ from client to client so that they do not
/// all come at once.
pub(crate) fn restarting(retry_after_ms: u32) -> Close {
    Close::new(1012, format!("retry-after={retry_after_ms}"))
}

/// The user's session is over, or the access token is expired.
pub(crate) fn unauthenticated(reason: &str) -> Close {
    Close::new(4401, reason)
}

/// More malformed messages came than are tolerated.
pub(crate) fn protocol_error() -> Close {
    Close::new(4400, "too many malformed messages")
}

/// Pings are not answered.
pub(crate) fn not_answering() -> Close {
    Close::new(4008, "pings are not answered")
}

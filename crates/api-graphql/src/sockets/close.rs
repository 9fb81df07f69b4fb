//! Close codes that are specific to `graphql-transport-ws`.

use http_edge::websocket::Close;

/// Returns the close frame for a binary message. The protocol only has text messages.
pub(super) fn not_text() -> Close {
    Close::new(4400, "messages must be text")
}

/// Returns the close frame for a client that does not offer the subprotocol of this endpoint.
pub(super) fn unknown_subprotocol() -> Close {
    Close::new(4406, "Subprotocol not acceptable")
}

pub(super) fn not_initialised() -> Close {
    Close::new(4408, "Connection initialisation timeout")
}

/// Returns the close frame for an operation before `connection_init`.
pub(super) fn unauthorised() -> Close {
    Close::new(4401, "Unauthorized")
}

/// Returns the close frame for a client whose token is invalid or expired, whose session has ended, or whose user has
/// too many connections. Clients of the protocol reconnect with a new token after 4403.
pub(super) fn forbidden(reason: impl Into<String>) -> Close {
    Close::new(4403, reason)
}

pub(super) fn session_over() -> Close {
    forbidden("the session has ended")
}

/// Returns the close frame for a token that can't be checked at the moment.
pub(super) fn try_later() -> Close {
    Close::new(1013, "try again later")
}

pub(super) fn initialised_already() -> Close {
    Close::new(4429, "Too many initialisation requests")
}

/// Returns the close frame for an operation whose id belongs to another operation in progress.
pub(super) fn id_in_use(id: &str) -> Close {
    Close::new(4409, format!("Subscriber for {id} already exists"))
}

pub(super) fn not_answering() -> Close {
    Close::new(1001, "ping timeout")
}

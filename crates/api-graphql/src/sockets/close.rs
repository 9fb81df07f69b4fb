//! Close codes that are specific to `graphql-transport-ws`.

use http_edge::websocket::Close;

/// Close frame for a binary message, which the protocol does not have.
pub(super) fn not_text() -> Close {
    Close::new(4400, "messages must be text")
}

/// Close frame for a shutdown of the server. Clients of the protocol reconnect automatically.
pub(super) fn restarting() -> Close {
    Close::new(1012, "server restarting")
}

/// Close frame for a client that does not offer a supported subprotocol.
pub(super) fn unknown_subprotocol() -> Close {
    Close::new(4406, "Subprotocol not acceptable")
}

/// Close frame for a client that did not send `connection_init` in time.
pub(super) fn not_initialised() -> Close {
    Close::new(4408, "Connection initialisation timeout")
}

/// Close frame for an operation before `connection_init`.
pub(super) fn unauthorised() -> Close {
    Close::new(4401, "Unauthorized")
}

/// Close frame for an invalid or expired token. Clients of the protocol reconnect with a new token after 4403.
pub(super) fn forbidden(reason: impl Into<String>) -> Close {
    Close::new(4403, reason)
}

/// Close frame for the end of the user's session.
pub(super) fn session_over() -> Close {
    forbidden("the session has ended")
}

/// Close frame for a token that can't be checked at the moment.
pub(super) fn try_later() -> Close {
    Close::new(1013, "try again later")
}

/// Close frame for a second `connection_init`.
pub(super) fn initialised_already() -> Close {
    Close::new(4429, "Too many initialisation requests")
}

/// Close frame for an operation with the id of another one that is in progress.
pub(super) fn id_in_use(id: &str) -> Close {
    Close::new(4409, format!("Subscriber for {id} already exists"))
}

/// Close frame for a client that does not answer pings.
pub(super) fn not_answering() -> Close {
    Close::new(1001, "ping timeout")
}

//! The close codes that only this protocol has.

use http_edge::websocket::Close;

/// The client sent binary, which the protocol does not have.
pub(super) fn not_text() -> Close {
    Close::new(4400, "messages are text")
}

/// The server goes down; clients that know the protocol come back by themselves.
pub(super) fn restarting() -> Close {
    Close::new(1012, "server restarting")
}

/// The client offered no subprotocol that is spoken here.
pub(super) fn unknown_subprotocol() -> Close {
    Close::new(4406, "Subprotocol not acceptable")
}

/// No `connection_init` came.
pub(super) fn not_initialised() -> Close {
    Close::new(4408, "Connection initialisation timeout")
}

/// An operation came before `connection_init`.
pub(super) fn unauthorised() -> Close {
    Close::new(4401, "Unauthorized")
}

/// The token is not good, or not any more. The protocol has 4403 for that, after which clients come back with a fresh
/// one.
pub(super) fn forbidden(reason: impl Into<String>) -> Close {
    Close::new(4403, reason)
}

/// The user's session is over.
pub(super) fn session_over() -> Close {
    forbidden("the session is over")
}

/// A token can't be checked now.
pub(super) fn try_later() -> Close {
    Close::new(1013, "try again later")
}

/// A second `connection_init` came.
pub(super) fn initialised_already() -> Close {
    Close::new(4429, "Too many initialisation requests")
}

/// An operation has an id that another one still has.
pub(super) fn id_in_use(id: &str) -> Close {
    Close::new(4409, format!("Subscriber for {id} already exists"))
}

/// Pings are not answered.
pub(super) fn not_answering() -> Close {
    Close::new(1001, "pings are not answered")
}

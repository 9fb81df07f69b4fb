//! Why a socket is closed.

use actix_ws::{CloseCode, CloseReason};
use http_edge::websocket::FrameFault;

/// The most bytes of a reason: what a control frame has (RFC 6455, section 5.5), but for the code.
const MAX_REASON_BYTES: usize = 123;

/// A close code with its reason, as the close frame says them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Close {
    code: u16,
    reason: String,
}

impl Close {
    /// What the protocol says; a reason that is too long for a close frame is cut.
    pub(super) fn with(code: u16, reason: impl Into<String>) -> Self {
        let mut reason = reason.into();
        reason.truncate(reason.floor_char_boundary(MAX_REASON_BYTES));
        Self { code, reason }
    }

    /// The answer to a client's close frame, which repeats its code.
    pub(super) fn echo(code: Option<u16>) -> Self {
        Self::with(code.unwrap_or(1000), "")
    }

    /// Binary, which the protocol does not have.
    pub(super) fn not_text() -> Self {
        Self::with(4400, "messages are text")
    }

    /// The server goes down; clients that know the protocol come back by themselves.
    pub(super) fn restarting() -> Self {
        Self::with(1012, "server restarting")
    }

    /// The client offered no subprotocol that is spoken here.
    pub(super) fn unknown_subprotocol() -> Self {
        Self::with(4406, "Subprotocol not acceptable")
    }

    /// No `connection_init` came.
    pub(super) fn not_initialised() -> Self {
        Self::with(4408, "Connection initialisation timeout")
    }

    /// An operation came before `connection_init`.
    pub(super) fn unauthorised() -> Self {
        Self::with(4401, "Unauthorized")
    }

    /// Who opened the socket has shown no good token, or it is not good any more. The protocol has 4403 for that, after
    /// which clients come back with a fresh one.
    pub(super) fn forbidden(reason: impl Into<String>) -> Self {
        Self::with(4403, reason)
    }

    /// Who opened the socket is nobody any more.
    pub(super) fn session_over() -> Self {
        Self::forbidden("the session is over")
    }

    /// Whether a token is good can't be told now.
    pub(super) fn try_later() -> Self {
        Self::with(1013, "try again later")
    }

    /// More messages than are borne.
    pub(super) fn too_many_messages() -> Self {
        Self::with(4029, "too many messages")
    }

    /// A second `connection_init` came.
    pub(super) fn initialised_already() -> Self {
        Self::with(4429, "Too many initialisation requests")
    }

    /// An operation has an id that another one still has.
    pub(super) fn id_in_use(id: &str) -> Self {
        Self::with(4409, format!("Subscriber for {id} already exists"))
    }

    /// Nothing could be written for too long.
    pub(super) fn too_slow() -> Self {
        Self::with(4008, "too slow: nothing was read for too long")
    }

    /// Pings are not answered.
    pub(super) fn not_answering() -> Self {
        Self::with(1001, "pings are not answered")
    }
}

impl From<FrameFault> for Close {
    fn from(FrameFault { code, reason }: FrameFault) -> Self {
        Self::with(code, reason)
    }
}

impl From<Close> for CloseReason {
    fn from(Close { code, reason }: Close) -> Self {
        Self {
            code: CloseCode::from(code),
            description: (!reason.is_empty()).then_some(reason),
        }
    }
}

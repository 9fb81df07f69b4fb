//! Why a socket is closed.

use http_edge::websocket::FrameFault;

/// A close code with its reason, as the close frame says them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Close {
    /// A code of RFC 6455, section 7.4.1, or one of this gateway's own (4000 to 4999).
    pub(crate) code: u16,
    /// At most 123 bytes.
    pub(crate) reason: String,
}

impl Close {
    /// The answer to a client's close frame: it repeats the code.
    pub(crate) fn echo(code: Option<u16>) -> Self {
        Self {
            code: code.unwrap_or(1000),
            reason: String::new(),
        }
    }

    /// The server goes down; come back after so many milliseconds, which differ from client to client so that
    /// they do not all come at once.
    pub(crate) fn restarting(retry_after_ms: u32) -> Self {
        Self {
            code: 1012,
            reason: format!("retry-after={retry_after_ms}"),
        }
    }

    /// Who opened the socket is nobody any more, for this reason.
    pub(crate) fn unauthenticated(reason: &str) -> Self {
        Self {
            code: 4401,
            reason: reason.to_owned(),
        }
    }

    /// More messages than are borne.
    pub(crate) fn too_many_messages() -> Self {
        Self {
            code: 4029,
            reason: "too many messages".to_owned(),
        }
    }

    /// More malformed messages than are borne.
    pub(crate) fn protocol_error() -> Self {
        Self {
            code: 4400,
            reason: "too many malformed messages".to_owned(),
        }
    }

    /// Nothing could be written for too long.
    pub(crate) fn too_slow() -> Self {
        Self {
            code: 4008,
            reason: "too slow: nothing was read for too long".to_owned(),
        }
    }

    /// The client's side is silent: pings are not answered.
    pub(crate) fn not_answering() -> Self {
        Self {
            code: 4008,
            reason: "pings are not answered".to_owned(),
        }
    }
}

impl From<FrameFault> for Close {
    fn from(FrameFault { code, reason }: FrameFault) -> Self {
        Self {
            code,
            reason: reason.into_owned(),
        }
    }
}

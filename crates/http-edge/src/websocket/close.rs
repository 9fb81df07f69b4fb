//! Reasons to close a socket.

use actix_http::ws::{CloseCode, CloseReason};
use uuid::Uuid;

use super::FrameFault;

/// Maximum length of a reason: the payload of a control frame without the code (RFC 6455, section 5.5).
const MAX_REASON_BYTES: usize = 123;

/// A close code with its reason, as in a close frame. The endpoints define the codes that are specific to them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Close {
    code: u16,
    reason: String,
}

impl Close {
    /// Creates a [`Close`] with a registered code (1000 to 2999) or one of the endpoint's own (4000 to 4999). A reason
    /// that is too long for a close frame is truncated.
    #[must_use]
    pub fn new(code: u16, reason: impl Into<String>) -> Self {
        let mut reason = reason.into();
        reason.truncate(reason.floor_char_boundary(MAX_REASON_BYTES));
        Self { code, reason }
    }

    /// Creates the response to a client's close frame. It repeats the client's code, or has 1000 if there was none.
    #[must_use]
    pub fn echo(code: Option<u16>) -> Self {
        Self::new(code.unwrap_or(1000), "")
    }

    /// Creates the code and reason for a shutdown of the server. The reason states the pause before reconnecting: 500 to
    /// 4,999 ms, chosen at random, so that clients do not all reconnect at once.
    #[must_use]
    pub fn restarting() -> Self {
        let retry_after_ms = 500 + Uuid::new_v4().as_fields().0 % 4_500;
        Self::new(1012, format!("retry-after={retry_after_ms}"))
    }

    #[must_use]
    pub fn too_many_messages() -> Self {
        Self::new(4029, "too many messages")
    }

    /// Creates the code and reason for a client that has not read for too long.
    #[must_use]
    pub fn too_slow() -> Self {
        Self::new(4008, "too slow: the client did not read in time")
    }

    /// Returns the payload of a close frame: the code and the reason.
    #[must_use]
    pub fn payload(&self) -> Vec<u8> {
        [&self.code.to_be_bytes(), self.reason.as_bytes()].concat()
    }
}

impl From<FrameFault> for Close {
    fn from(FrameFault { code, reason }: FrameFault) -> Self {
        Self::new(code, reason)
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

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn clients_of_a_restarting_server_are_asked_to_wait_for_different_times() {
        let pauses: BTreeSet<u32> = (0..100)
            .map(|_| {
                let Close { code, reason } = Close::restarting();
                assert_eq!(code, 1012);
                let ms = reason.strip_prefix("retry-after=").expect(&reason);
                ms.parse().expect("milliseconds")
            })
            .collect();
        assert!(pauses.iter().all(|ms| (500..5_000).contains(ms)), "{pauses:?}");
        assert!(pauses.len() > 50, "{pauses:?}");
    }

    #[test]
    fn a_long_reason_is_truncated_between_characters() {
        let close = Close::new(4400, "ü".repeat(100));
        assert_eq!(close.payload().len(), 2 + 122);
        assert!(std::str::from_utf8(&close.payload()[2..]).is_ok());
    }
}

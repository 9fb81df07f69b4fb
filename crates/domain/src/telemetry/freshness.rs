//! Connection status of robots, derived from the time since their last message.

use std::time::Duration;

use crate::named_enum;

named_enum! {
    /// Whether the server receives messages from a robot.
    ConnectionStatus {
        /// Messages are arriving.
        Connected = "CONNECTED",
        /// No message has arrived for some time. The known position and state are stale.
        Timeout = "TIMEOUT",
        /// No message has arrived for so long that the robot is considered offline, or none has ever arrived.
        Disconnected = "DISCONNECTED",
    }
}

/// Times without a message after which the connection status changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FreshnessRules {
    /// Time without a message after which a vehicle is [`ConnectionStatus::Timeout`].
    pub stale_after: Duration,
    /// Time without a message after which it is [`ConnectionStatus::Disconnected`].
    pub disconnected_after: Duration,
}

impl FreshnessRules {
    /// Returns the connection status after the time `silence` without a message. `silence` is measured by the server's
    /// clock, because the robot's may be wrong. It is the time since the arrival of the last message or, if no message
    /// has arrived yet, the age of the live keys.
    #[must_use]
    pub fn judge(&self, silence: Duration) -> ConnectionStatus {
        if silence >= self.disconnected_after {
            ConnectionStatus::Disconnected
        } else if silence >= self.stale_after {
            ConnectionStatus::Timeout
        } else {
            ConnectionStatus::Connected
        }
    }

    /// Returns the time without a message after which `status` changes; `None` if only a message can change it.
    #[must_use]
    pub fn next_change_after(&self, status: ConnectionStatus) -> Option<Duration> {
        match status {
            ConnectionStatus::Connected => Some(self.stale_after.min(self.disconnected_after)),
            ConnectionStatus::Timeout => Some(self.disconnected_after),
            ConnectionStatus::Disconnected => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::{ConnectionStatus::*, *};

    #[rstest]
    #[case(0, Connected)]
    #[case(4_999, Connected)]
    #[case(5_000, Timeout)]
    #[case(29_999, Timeout)]
    #[case(30_000, Disconnected)]
    #[case(3_600_000, Disconnected)]
    fn a_silent_robot_times_out_and_then_is_disconnected(
        #[case] silence_ms: u64,
        #[case] expected: ConnectionStatus,
    ) {
        let rules = FreshnessRules {
            stale_after: Duration::from_secs(5),
            disconnected_after: Duration::from_secs(30),
        };
        assert_eq!(rules.judge(Duration::from_millis(silence_ms)), expected);
    }
}

//! Whether a robot is still heard.

use std::time::Duration;

use crate::named_enum;

named_enum! {
    /// Whether a robot is heard.
    ConnectionStatus {
        /// It is.
        Connected = "CONNECTED",
        /// Not since a while: what is known of it is stale.
        Timeout = "TIMEOUT",
        /// Not for so long that it must be taken for gone, or never.
        Disconnected = "DISCONNECTED",
    }
}

/// How long a silence may last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FreshnessRules {
    /// A silence of this length makes a vehicle [`ConnectionStatus::Timeout`].
    pub stale_after: Duration,
    /// A silence of this length makes it [`ConnectionStatus::Disconnected`].
    pub disconnected_after: Duration,
}

impl FreshnessRules {
    /// What a silence of this length means. It counts from the arrival of the last message at the server, not
    /// from the robot's timestamp: a robot whose clock is wrong is heard all the same.
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

    /// After which silence the status will be another than now, if ever.
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
    fn silence_turns_into_timeout_and_then_disconnection(
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

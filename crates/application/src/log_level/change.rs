use std::time::Duration;

use domain::{Operation, Violations};
use tokio::time::Instant;

use super::{End, LogLevel, LogLevelStatus};
use crate::{
    Actor,
    error::Result,
    identity::calendar,
    ports::{AuditRecord, Author, LogFilter},
};

/// A change of the level for a limited time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogLevelChange {
    filter: LogFilter,
    lasting: Duration,
}

/// Error for a time that is too short or too long.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be from {} to {}", LogLevelChange::MIN_MS, LogLevelChange::MAX_MS)]
pub struct InvalidHoldTime;

impl LogLevelChange {
    /// Minimum time in milliseconds: one second.
    pub const MIN_MS: u64 = 1_000;

    /// Maximum time in milliseconds: one day. A level that is needed for longer belongs in the configuration.
    pub const MAX_MS: u64 = 86_400_000;

    /// Default time in milliseconds: one hour.
    pub const DEFAULT_MS: u64 = 3_600_000;

    /// Checks a time in milliseconds.
    ///
    /// # Errors
    /// Returns [`InvalidHoldTime`] if it is not between [`Self::MIN_MS`] and [`Self::MAX_MS`].
    pub fn hold_time(ms: i64) -> Result<Duration, InvalidHoldTime> {
        let ms = u64::try_from(ms).map_err(|_| InvalidHoldTime)?;
        (Self::MIN_MS..=Self::MAX_MS)
            .contains(&ms)
            .then(|| Duration::from_millis(ms))
            .ok_or(InvalidHoldTime)
    }

    /// Creates a change to this filter. `lasting` is a result of [`Self::hold_time`], or `None` for the default.
    #[must_use]
    pub fn new(filter: LogFilter, lasting: Option<Duration>) -> Self {
        Self {
            filter,
            lasting: lasting.unwrap_or(Duration::from_millis(Self::DEFAULT_MS)),
        }
    }
}

impl LogLevel {
    /// Checks that a caller may change the level. APIs call this before they read a body.
    ///
    /// # Errors
    /// Returns [`crate::Error::Forbidden`] unless the caller is an administrator who belongs to no organisation.
    pub fn may_change(&self, actor: &Actor) -> Result<()> {
        actor.must_be_allowed(Operation::ManageLogLevel)
    }

    /// Changes the level of this server's log for a limited time. A later change replaces this one and its time.
    ///
    /// # Errors
    /// Returns the errors of [`LogLevel::may_change`]; [`crate::Error::Invalid`] for an invalid change;
    /// [`crate::Error::Unavailable`] if the change cannot be recorded in the audit log. After an error, the level is
    /// unchanged.
    pub async fn change(
        &self,
        actor: &Actor,
        change: Result<LogLevelChange, Violations>,
    ) -> Result<LogLevelStatus> {
        self.may_change(actor)?;
        let LogLevelChange { filter, lasting } = change?;
        let _turn = self.turn.lock().await;
        let record = AuditRecord::log_level_changed(&self.control.current(), filter.as_str(), lasting);
        // Record the change before it applies: no change may take effect without an entry.
        self.audit.record(&Author::from(actor), record).await?;
        // Log the change before it applies, because a higher level would suppress this line.
        tracing::warn!(
            user.id = %actor.user_id,
            filter = filter.as_str(),
            for_ms = lasting.as_millis() as u64,
            "changing the log level"
        );
        self.control.set(Some(&filter))?;
        self.end.send_replace(Some(End {
            at: calendar(self.clock.as_ref()) + lasting,
            deadline: Instant::now() + lasting,
        }));
        Ok(self.status())
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case(999, false)]
    #[case(1_000, true)]
    #[case(86_400_000, true)]
    #[case(86_400_001, false)]
    #[case(-1, false)]
    fn a_change_lasts_from_a_second_to_a_day(#[case] ms: i64, #[case] is_valid: bool) {
        assert_eq!(LogLevelChange::hold_time(ms).is_ok(), is_valid);
    }
}

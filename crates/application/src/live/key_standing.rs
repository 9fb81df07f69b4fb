//! How one vehicle's live keys stand.

use std::time::Duration;

use domain::vehicle::SyncStatus;

use crate::moment::Moment;

/// What is known of the keys of one vehicle.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct KeyStanding {
    /// Since when there has been something that they do not say.
    behind_since: Option<Moment>,
    /// When they were written last.
    written_at: Option<Moment>,
    /// The last attempt to write them failed.
    has_failed: bool,
}

impl KeyStanding {
    /// There is something to be written.
    pub(super) fn owe(&mut self, now: Moment) {
        self.behind_since.get_or_insert(now);
    }

    /// They were written; `is_behind`: there has been something new since they were taken.
    pub(super) fn settle(&mut self, is_behind: bool, now: Moment) {
        *self = Self {
            behind_since: is_behind.then_some(now),
            written_at: Some(now),
            has_failed: false,
        };
    }

    /// They could not be written.
    pub(super) const fn fail(&mut self) {
        self.has_failed = true;
    }

    /// When they were written last.
    pub(super) const fn written_at(&self) -> Option<Moment> {
        self.written_at
    }

    /// Keys are written behind what is known, so being behind for less than `patience` is being in step.
    pub(super) fn status(&self, patience: Duration, now: Moment) -> SyncStatus {
        let is_late = match self.behind_since {
            Some(since) => now.since(since) >= patience,
            None => self.written_at.is_none(),
        };
        if self.has_failed {
            SyncStatus::Error
        } else if is_late || self.written_at.is_none() {
            SyncStatus::OutOfSync
        } else {
            SyncStatus::Synced
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PATIENCE: Duration = Duration::from_secs(5);

    fn at_s(seconds: u64) -> Moment {
        let us = seconds * 1_000_000;
        Moment {
            unix_us: us,
            uptime_us: us,
        }
    }

    #[test]
    fn keys_are_in_step_while_they_are_not_behind_for_long() {
        let mut keys = KeyStanding::default();
        let status = |keys: &KeyStanding, now| keys.status(PATIENCE, at_s(now));
        assert_eq!(status(&keys, 0), SyncStatus::OutOfSync, "never written");
        keys.owe(at_s(1));
        assert_eq!(status(&keys, 1), SyncStatus::OutOfSync, "not written yet");
        keys.settle(false, at_s(2));
        assert_eq!(status(&keys, 100), SyncStatus::Synced);
        keys.owe(at_s(100));
        keys.owe(at_s(104));
        assert_eq!(status(&keys, 104), SyncStatus::Synced, "they follow soon");
        assert_eq!(status(&keys, 105), SyncStatus::OutOfSync, "they don't");
        keys.fail();
        assert_eq!(status(&keys, 105), SyncStatus::Error);
        keys.settle(true, at_s(106));
        assert_eq!(status(&keys, 106), SyncStatus::Synced);
        assert_eq!(status(&keys, 111), SyncStatus::OutOfSync);
        assert_eq!(keys.written_at(), Some(at_s(106)));
    }
}

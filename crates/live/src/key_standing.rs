//! State of one vehicle's live keys.

use std::time::Duration;

use domain::vehicle::SyncStatus;

use crate::moment::Moment;

/// The known state of one vehicle's live keys.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct KeyStanding {
    /// Time since which the keys have been outdated; `None` if they are up to date.
    behind_since: Option<Moment>,
    written_at: Option<Moment>,
    /// Whether the last write failed.
    has_failed: bool,
    /// Whether the keys were found to be missing or outdated.
    is_lost: bool,
    /// Whether a part of the keys was found to be implausible or undecodable.
    is_broken: bool,
    /// Whether the vehicle was found to be missing from the set of active vehicles.
    is_unlisted: bool,
    /// Time at which the keys expire, counted from the vehicle's last message.
    expires_at: Option<Moment>,
}

impl KeyStanding {
    /// Records that the keys are outdated.
    pub(crate) fn owe(&mut self, now: Moment) {
        self.behind_since.get_or_insert(now);
    }

    /// Records a write. `is_behind` means that data has arrived since the written record was taken.
    pub(crate) fn settle(&mut self, is_behind: bool, now: Moment) {
        *self = Self {
            behind_since: is_behind.then_some(now),
            written_at: Some(now),
            has_failed: false,
            is_lost: false,
            is_broken: false,
            ..*self
        };
    }

    /// Records that there is nothing to write after all.
    pub(crate) const fn release(&mut self) {
        self.behind_since = None;
    }

    pub(crate) fn confirm(&mut self, now: Moment) {
        self.is_lost = false;
        self.written_at.get_or_insert(now);
    }

    pub(crate) const fn find_broken(&mut self) {
        self.is_broken = true;
    }

    /// Returns `true` if a part of the keys is known to be broken. The periodic check does not read such keys again
    /// until they have been written.
    pub(crate) const fn is_broken(&self) -> bool {
        self.is_broken
    }

    pub(crate) const fn lose(&mut self) {
        self.is_lost = true;
    }

    pub(crate) const fn list(&mut self, is_listed: bool) {
        self.is_unlisted = !is_listed;
    }

    /// Extends the expiry of the keys; an earlier time than the current expiry is ignored.
    pub(crate) fn keep_until(&mut self, expires_at: Moment) {
        let is_later = |known: Moment| expires_at.uptime_us > known.uptime_us;
        if self.expires_at.is_none_or(is_later) {
            self.expires_at = Some(expires_at);
        }
    }

    /// Returns the remaining lifetime of the keys; `None` if it is unknown or over.
    pub(crate) fn expire_in(&self, now: Moment) -> Option<Duration> {
        let left = self.expires_at?.since(now);
        (!left.is_zero()).then_some(left)
    }

    pub(crate) const fn fail(&mut self) {
        self.has_failed = true;
    }

    /// Returns the time of the last write or, before the first write, of the first confirmation.
    pub(crate) const fn written_at(&self) -> Option<Moment> {
        self.written_at
    }

    /// Returns the status of the keys. Keys are written with a delay, so keys that have been outdated for less than
    /// `patience` are considered up to date.
    pub(crate) fn status(&self, patience: Duration, now: Moment) -> SyncStatus {
        let is_late = match self.behind_since {
            Some(since) => now.since(since) >= patience,
            None => self.written_at.is_none(),
        };
        if self.has_failed {
            SyncStatus::Error
        } else if is_late || self.written_at.is_none() || self.is_lost || self.is_unlisted {
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
    fn keys_are_synced_while_they_are_outdated_only_briefly() {
        let mut keys = KeyStanding::default();
        let status = |keys: &KeyStanding, now| keys.status(PATIENCE, at_s(now));
        assert_eq!(status(&keys, 0), SyncStatus::OutOfSync, "never written");
        keys.owe(at_s(1));
        assert_eq!(status(&keys, 1), SyncStatus::OutOfSync, "not written yet");
        keys.settle(false, at_s(2));
        assert_eq!(status(&keys, 100), SyncStatus::Synced);
        keys.owe(at_s(100));
        keys.owe(at_s(104));
        assert_eq!(
            status(&keys, 104),
            SyncStatus::Synced,
            "behind for less than the patience"
        );
        assert_eq!(
            status(&keys, 105),
            SyncStatus::OutOfSync,
            "behind for longer than the patience"
        );
        keys.fail();
        assert_eq!(status(&keys, 105), SyncStatus::Error);
        keys.settle(true, at_s(106));
        assert_eq!(status(&keys, 106), SyncStatus::Synced);
        assert_eq!(status(&keys, 111), SyncStatus::OutOfSync);
        assert_eq!(keys.written_at(), Some(at_s(106)));
    }

    #[test]
    fn lost_keys_are_out_of_sync_until_they_are_restored() {
        let mut keys = KeyStanding::default();
        keys.settle(false, at_s(1));
        keys.lose();
        assert_eq!(keys.status(PATIENCE, at_s(1)), SyncStatus::OutOfSync);
        keys.settle(false, at_s(2));
        assert_eq!(keys.status(PATIENCE, at_s(2)), SyncStatus::Synced);
        keys.list(false);
        assert_eq!(keys.status(PATIENCE, at_s(2)), SyncStatus::OutOfSync);
        keys.list(true);
        assert_eq!(keys.status(PATIENCE, at_s(2)), SyncStatus::Synced);
    }

    #[test]
    fn keys_expire_relative_to_the_last_message() {
        let mut keys = KeyStanding::default();
        assert_eq!(keys.expire_in(at_s(0)), None, "no message was received");
        keys.keep_until(at_s(60));
        keys.settle(false, at_s(50));
        assert_eq!(keys.expire_in(at_s(50)), Some(Duration::from_secs(10)));
        keys.keep_until(at_s(55));
        assert_eq!(keys.expire_in(at_s(50)), Some(Duration::from_secs(10)));
        assert_eq!(keys.expire_in(at_s(60)), None);
    }
}

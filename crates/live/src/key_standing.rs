//! How one vehicle's live keys stand.

use std::time::Duration;

use domain::vehicle::SyncStatus;

use crate::moment::Moment;

/// What is known of the keys of one vehicle.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct KeyStanding {
    /// Since when there has been something that they do not say.
    behind_since: Option<Moment>,
    /// When they were written last.
    written_at: Option<Moment>,
    /// The last attempt to write them failed.
    has_failed: bool,
    /// They were found to be lost, or older than they should be.
    is_lost: bool,
    /// They were read, and a part of them cannot be true or cannot be understood.
    is_broken: bool,
    /// The vehicle was found to be missing among the active ones.
    is_unlisted: bool,
    /// When they expire, counted from the vehicle's last message.
    expires_at: Option<Moment>,
}

impl KeyStanding {
    /// There is something to be written.
    pub(crate) fn owe(&mut self, now: Moment) {
        self.behind_since.get_or_insert(now);
    }

    /// They were written; `is_behind`: there has been something new since they were taken.
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

    /// There is nothing to be written after all.
    pub(crate) const fn release(&mut self) {
        self.behind_since = None;
    }

    /// They were found to be right.
    pub(crate) fn confirm(&mut self, now: Moment) {
        self.is_lost = false;
        self.written_at.get_or_insert(now);
    }

    /// A part of them was found to be broken.
    pub(crate) const fn find_broken(&mut self) {
        self.is_broken = true;
    }

    /// Whether a part of them is known to be broken: it is not read again until they are written.
    pub(crate) const fn is_broken(&self) -> bool {
        self.is_broken
    }

    /// They were found to be lost or outdated.
    pub(crate) const fn lose(&mut self) {
        self.is_lost = true;
    }

    /// The vehicle was found to be missing among the active ones, or is among them again.
    pub(crate) const fn list(&mut self, is_listed: bool) {
        self.is_unlisted = !is_listed;
    }

    /// They stay until then; never shorter than was said before.
    pub(crate) fn keep_until(&mut self, expires_at: Moment) {
        let is_later = |known: Moment| expires_at.uptime_us > known.uptime_us;
        if self.expires_at.is_none_or(is_later) {
            self.expires_at = Some(expires_at);
        }
    }

    /// How long they still stay; `None` when they have expired.
    pub(crate) fn expire_in(&self, now: Moment) -> Option<Duration> {
        let left = self.expires_at?.since(now);
        (!left.is_zero()).then_some(left)
    }

    /// They could not be written.
    pub(crate) const fn fail(&mut self) {
        self.has_failed = true;
    }

    /// When they were written last.
    pub(crate) const fn written_at(&self) -> Option<Moment> {
        self.written_at
    }

    /// Keys are written behind what is known, so being behind for less than `patience` is being in step.
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

    #[test]
    fn keys_that_were_lost_are_out_of_step_until_they_are_there_again() {
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
    fn keys_expire_counted_from_the_last_message() {
        let mut keys = KeyStanding::default();
        assert_eq!(keys.expire_in(at_s(0)), None, "nothing was ever heard");
        keys.keep_until(at_s(60));
        keys.settle(false, at_s(50));
        assert_eq!(keys.expire_in(at_s(50)), Some(Duration::from_secs(10)));
        keys.keep_until(at_s(55));
        assert_eq!(keys.expire_in(at_s(50)), Some(Duration::from_secs(10)));
        assert_eq!(keys.expire_in(at_s(60)), None);
    }
}

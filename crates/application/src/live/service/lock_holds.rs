//! Measurement of how long the lock of the live core is held.

use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::{Duration, Instant},
};

/// The longest hold of a lock since the last call of [`LockHolds::take_longest`].
#[derive(Debug, Default)]
pub(super) struct LockHolds {
    longest_ns: AtomicU64,
}

/// One hold of a lock, which ends when this value is dropped. Create it after the lock is acquired, so that it is
/// dropped before the lock is released.
pub(super) struct Hold<'a> {
    began: Instant,
    holds: &'a LockHolds,
}

impl LockHolds {
    pub(super) fn begin(&self) -> Hold<'_> {
        Hold {
            began: Instant::now(),
            holds: self,
        }
    }

    /// Returns the longest hold since the last call; zero if there was none.
    pub(super) fn take_longest(&self) -> Duration {
        Duration::from_nanos(self.longest_ns.swap(0, Ordering::Relaxed))
    }

    fn note(&self, held: Duration) {
        let held_ns = u64::try_from(held.as_nanos()).unwrap_or(u64::MAX);
        // A read costs less than an exclusive access to the cache line, and hardly any hold is the longest.
        if held_ns > self.longest_ns.load(Ordering::Relaxed) {
            self.longest_ns.fetch_max(held_ns, Ordering::Relaxed);
        }
    }
}

impl Drop for Hold<'_> {
    fn drop(&mut self) {
        self.holds.note(self.began.elapsed());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_hold_since_the_last_call_is_returned() {
        let holds = LockHolds::default();
        for us in [20, 70, 50] {
            holds.note(Duration::from_micros(us));
        }
        assert_eq!(holds.take_longest(), Duration::from_micros(70));
        assert_eq!(holds.take_longest(), Duration::ZERO);
    }

    #[test]
    fn a_hold_ends_when_it_is_dropped() {
        let holds = LockHolds::default();
        let hold = holds.begin();
        std::thread::sleep(Duration::from_millis(2));
        assert_eq!(holds.take_longest(), Duration::ZERO);
        drop(hold);
        assert!(holds.take_longest() >= Duration::from_millis(2));
    }
}

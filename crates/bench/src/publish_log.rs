//! Record of the times at which updates were published.

use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};

use crate::clock::Nanos;

/// An update, identified by the vehicle's number and a sequence number that starts at 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Update {
    /// Number of the vehicle.
    pub vehicle: u32,
    /// Sequence number within the vehicle's updates, starting at 1.
    pub seq: u32,
}

/// Publication times, written by the publisher and read concurrently by the clients.
#[derive(Debug)]
pub(crate) struct PublishLog {
    per_vehicle: u32,
    times: Vec<AtomicU64>,
    newest: Vec<AtomicU32>,
}

impl PublishLog {
    /// Creates a log with room for `per_vehicle` updates of each vehicle.
    #[must_use]
    pub(crate) fn new(vehicles: u32, per_vehicle: u32) -> Self {
        let times = (0..vehicles as usize * per_vehicle as usize)
            .map(|_| AtomicU64::default())
            .collect();
        let newest = (0..vehicles).map(|_| AtomicU32::default()).collect();
        Self {
            per_vehicle,
            times,
            newest,
        }
    }

    /// Records the publication of a vehicle's next update and returns it; `None` if the log is full.
    pub(crate) fn publish(&self, vehicle: u32, at: Nanos) -> Option<Update> {
        let newest = &self.newest[vehicle as usize];
        let seq = newest.load(Ordering::Relaxed) + 1;
        let update = Update { vehicle, seq };
        self.times
            .get(self.index(update)?)?
            .store(at.0, Ordering::Relaxed);
        // Release: a client that sees the number must also see the time.
        newest.store(seq, Ordering::Release);
        Some(update)
    }

    /// Returns the publication time of an update; `None` if it was not published.
    #[must_use]
    pub(crate) fn published_at(&self, update: Update) -> Option<Nanos> {
        let at = self.times.get(self.index(update)?)?.load(Ordering::Relaxed);
        (at > 0).then_some(Nanos(at))
    }

    /// Returns the sequence number of a vehicle's newest update; 0 if there is none.
    #[must_use]
    pub(crate) fn newest(&self, vehicle: u32) -> u32 {
        self.newest[vehicle as usize].load(Ordering::Acquire)
    }

    /// Returns the number of all published updates.
    #[must_use]
    pub(crate) fn count(&self) -> u64 {
        let newest = self.newest.iter();
        newest
            .map(|newest| u64::from(newest.load(Ordering::Acquire)))
            .sum()
    }

    fn index(&self, Update { vehicle, seq }: Update) -> Option<usize> {
        let place = seq.checked_sub(1).filter(|place| *place < self.per_vehicle)?;
        Some(vehicle as usize * self.per_vehicle as usize + place as usize)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn published_updates_are_found() {
        let log = PublishLog::new(2, 2);
        assert_eq!(log.publish(1, Nanos(5)), Some(Update { vehicle: 1, seq: 1 }));
        assert_eq!(log.publish(1, Nanos(9)), Some(Update { vehicle: 1, seq: 2 }));
        assert_eq!(log.published_at(Update { vehicle: 1, seq: 2 }), Some(Nanos(9)));
        assert_eq!((log.newest(0), log.newest(1)), (0, 2));
    }

    #[test]
    fn unpublished_updates_are_not_found() {
        let log = PublishLog::new(2, 2);
        log.publish(0, Nanos(5));
        for (vehicle, seq) in [(0, 0), (0, 2), (0, 3), (1, 1)] {
            assert_eq!(log.published_at(Update { vehicle, seq }), None);
        }
    }

    #[test]
    fn a_full_log_accepts_no_more_updates() {
        let log = PublishLog::new(1, 1);
        assert!(log.publish(0, Nanos(1)).is_some());
        assert_eq!(log.publish(0, Nanos(2)), None);
        assert_eq!(log.newest(0), 1);
    }
}

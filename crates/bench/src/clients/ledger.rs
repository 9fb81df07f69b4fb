//! The books on one client: which updates it got, and what became of the others.

use std::{ops::Range, time::Duration};

use super::{batch::Head, tally::Tally};
use crate::{
    clock::Nanos,
    publish_log::{PublishLog, Update},
};

/// What an update is judged by.
#[derive(Debug)]
pub struct Rules<'a> {
    /// When each update was published.
    pub log: &'a PublishLog,
    /// Only updates that were published in this time count.
    pub window: Range<Nanos>,
    /// Two updates of a vehicle that are published within this time may be in the same interval.
    pub same_interval: Duration,
}

/// One client's books.
#[derive(Debug)]
pub struct Ledger {
    first: u32,
    last: Vec<u32>,
    tick: Option<u64>,
}

impl Ledger {
    /// For a client that watches so many vehicles from the first on.
    #[must_use]
    pub fn new((first, count): (u32, u32)) -> Self {
        Self {
            first,
            last: vec![0; count as usize],
            tick: None,
        }
    }

    /// Notes that a frame came.
    pub fn turn_page(&mut self, head: Head, tally: &mut Tally) {
        tally.gaps += u64::from(head.prev.is_some() && self.tick.is_some() && head.prev != self.tick);
        self.tick = Some(head.tick);
    }

    /// Notes that an update came.
    pub fn enter(&mut self, update: Update, received: Nanos, rules: &Rules<'_>, tally: &mut Tally) {
        let Some(last) = self
            .last
            .get_mut(update.vehicle.wrapping_sub(self.first) as usize)
        else {
            return;
        };
        let Some(published) = rules.log.published_at(update) else {
            return;
        };
        if update.seq <= *last {
            let count = if update.seq == *last {
                &mut tally.repeated
            } else {
                &mut tally.backwards
            };
            *count += 1;
            return;
        }
        for seq in *last + 1..update.seq {
            let missed = rules
                .log
                .published_at(Update { seq, ..update })
                .filter(|at| rules.window.contains(at));
            if let Some(missed) = missed {
                let in_time = published.since(missed) <= rules.same_interval;
                let count = if in_time {
                    &mut tally.merged
                } else {
                    &mut tally.thinned
                };
                *count += 1;
            }
        }
        if rules.window.contains(&published) {
            tally.delivered += 1;
            tally
                .latency_us
                .saturating_record(received.since(published).as_micros() as u64);
        }
        *last = update.seq;
    }

    /// Whether the newest update of every watched vehicle has come.
    #[must_use]
    pub fn is_up_to_date(&self, log: &PublishLog) -> bool {
        self.entries().all(|last| last.seq == log.newest(last.vehicle))
    }

    /// Whether an update that was published after `since` has come of every watched vehicle.
    #[must_use]
    pub fn is_fresher_than(&self, since: Nanos, log: &PublishLog) -> bool {
        self.entries()
            .all(|last| log.published_at(last).is_some_and(|published| published >= since))
    }

    /// Counts what never came.
    pub fn close(&self, rules: &Rules<'_>, tally: &mut Tally) {
        for Update { vehicle, seq: last } in self.entries() {
            let missing = (last + 1..=rules.log.newest(vehicle)).filter(|&seq| {
                let published = rules.log.published_at(Update { vehicle, seq });
                published.is_some_and(|at| rules.window.contains(&at))
            });
            tally.lost += missing.count() as u64;
        }
    }

    fn entries(&self) -> impl Iterator<Item = Update> + '_ {
        (self.first..)
            .zip(&self.last)
            .map(|(vehicle, seq)| Update { vehicle, seq: *seq })
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    const MS: u64 = 1_000_000;

    /// Ten updates of vehicle 7, 100 ms apart from 100 ms on; those from 200 ms to before 900 ms count.
    fn log() -> PublishLog {
        let log = PublishLog::new(8, 10);
        (1..=10).for_each(|n| {
            log.publish(7, Nanos(n * 100 * MS));
        });
        log
    }

    /// What comes of it when these updates come, each 5 ms after it was published.
    fn check(same_interval_ms: u64, seqs: &[u32]) -> (Tally, bool) {
        let log = log();
        let window = Nanos(200 * MS)..Nanos(900 * MS);
        let rules = Rules {
            log: &log,
            window,
            same_interval: Duration::from_millis(same_interval_ms),
        };
        let (mut ledger, mut tally) = (Ledger::new((7, 1)), Tally::default());
        for &seq in seqs {
            let update = Update { vehicle: 7, seq };
            let received = Nanos(log.published_at(update).expect("it was published").0 + 5 * MS);
            ledger.enter(update, received, &rules, &mut tally);
        }
        ledger.close(&rules, &mut tally);
        (tally, ledger.is_up_to_date(&log))
    }

    #[rstest]
    #[case::everything(&[1, 2, 3, 4, 5, 6, 7, 8, 9, 10], (7, 0, 0, 0), true)]
    #[case::only_what_is_outside_is_missing(&[2, 3, 4, 5, 6, 7, 8, 10], (7, 0, 0, 0), true)]
    #[case::one_is_merged(&[1, 2, 4, 5, 6, 7, 8, 10], (6, 1, 0, 0), true)]
    #[case::three_are_too_many_for_one_interval(&[1, 2, 6, 7, 8, 10], (4, 1, 2, 0), true)]
    #[case::the_end_is_missing(&[1, 2, 3, 4, 5], (4, 0, 0, 3), false)]
    #[case::nothing_came(&[], (0, 0, 0, 7), false)]
    fn every_update_is_accounted_for(
        #[case] seqs: &[u32],
        #[case] expected: (u64, u64, u64, u64),
        #[case] is_up_to_date: bool,
    ) {
        let (tally, newest_came) = check(120, seqs);
        assert_eq!(
            (tally.delivered, tally.merged, tally.thinned, tally.lost),
            expected
        );
        assert_eq!(newest_came, is_up_to_date);
    }

    #[test]
    fn what_comes_twice_or_late_is_no_delivery() {
        let (tally, _) = check(120, &[3, 3, 2, 4]);
        assert_eq!((tally.delivered, tally.repeated, tally.backwards), (2, 1, 1));
    }

    #[test]
    fn a_latency_is_the_time_from_publication_to_receipt() {
        let (tally, _) = check(120, &[3, 4]);
        assert!(
            (4.9..5.1).contains(&tally.latency_ms(1.0)),
            "{}",
            tally.latency_ms(1.0)
        );
    }

    #[test]
    fn freshness_goes_by_the_publication() {
        let log = log();
        let rules = Rules {
            log: &log,
            window: Nanos(0)..Nanos(u64::MAX),
            same_interval: Duration::ZERO,
        };
        let mut ledger = Ledger::new((7, 1));
        assert!(!ledger.is_fresher_than(Nanos(0), &log));
        ledger.enter(
            Update { vehicle: 7, seq: 3 },
            Nanos(301 * MS),
            &rules,
            &mut Tally::default(),
        );
        assert!(ledger.is_fresher_than(Nanos(300 * MS), &log));
        assert!(!ledger.is_fresher_than(Nanos(301 * MS), &log));
    }

    #[test]
    fn foreign_vehicles_are_ignored() {
        let log = log();
        let rules = Rules {
            log: &log,
            window: Nanos(0)..Nanos(u64::MAX),
            same_interval: Duration::ZERO,
        };
        let (mut ledger, mut tally) = (Ledger::new((7, 1)), Tally::default());
        for vehicle in [6, 8] {
            ledger.enter(Update { vehicle, seq: 1 }, Nanos(0), &rules, &mut tally);
        }
        assert_eq!((tally.delivered, tally.repeated), (0, 0));
    }

    #[test]
    fn a_frame_that_does_not_follow_the_one_before_is_a_gap() {
        let (mut ledger, mut tally) = (Ledger::new((0, 1)), Tally::default());
        for (prev, tick) in [(None, 3), (Some(3), 4), (Some(5), 6), (Some(6), 9), (None, 12)] {
            ledger.turn_page(Head { tick, prev }, &mut tally);
        }
        assert_eq!(tally.gaps, 1);
    }
}

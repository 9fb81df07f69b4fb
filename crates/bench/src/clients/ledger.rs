//! Accounting of one client: the updates that it received, and a classification of the others.

use std::{ops::Range, time::Duration};

use super::tally::Tally;
use crate::{
    clock::Nanos,
    protocols::Head,
    publish_log::{PublishLog, Update},
};

/// Inputs for the classification of updates.
#[derive(Debug)]
pub(super) struct Rules<'a> {
    /// Publication times of all updates.
    pub log: &'a PublishLog,
    /// Only updates published in this range are counted.
    pub window: Range<Nanos>,
    /// Longest time between two updates of a vehicle that may fall into the same delivery interval.
    pub same_interval: Duration,
}

/// Accounting of one client.
#[derive(Debug)]
pub(super) struct Ledger {
    first: u32,
    last: Vec<u32>,
    tick: Option<u64>,
}

impl Ledger {
    /// Creates the accounting of a client that subscribes to `count` vehicles, starting with `first`.
    #[must_use]
    pub(super) fn new((first, count): (u32, u32)) -> Self {
        Self {
            first,
            last: vec![0; count as usize],
            tick: None,
        }
    }

    /// Records a received frame.
    pub(super) fn turn_page(&mut self, head: Head, tally: &mut Tally) {
        tally.gaps += u64::from(head.prev.is_some() && self.tick.is_some() && head.prev != self.tick);
        self.tick = Some(head.tick);
    }

    /// Records a received update, and classifies the updates that were skipped before it.
    pub(super) fn enter(&mut self, update: Update, received: Nanos, rules: &Rules<'_>, tally: &mut Tally) {
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
        let latency_us = received.since(published).as_micros() as u64;
        if rules.window.contains(&received) {
            tally.arrived += 1;
            tally.arrival_latency_us.saturating_record(latency_us);
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
            tally.latency_us.saturating_record(latency_us);
        }
        *last = update.seq;
    }

    /// Returns `true` if the newest update of every subscribed vehicle was received.
    #[must_use]
    pub(super) fn is_up_to_date(&self, log: &PublishLog) -> bool {
        self.entries().all(|last| last.seq == log.newest(last.vehicle))
    }

    /// Returns `true` if an update published at or after `since` was received for every subscribed vehicle.
    #[must_use]
    pub(super) fn is_fresher_than(&self, since: Nanos, log: &PublishLog) -> bool {
        self.entries()
            .all(|last| log.published_at(last).is_some_and(|published| published >= since))
    }

    /// Counts the updates that were never received.
    pub(super) fn close(&self, rules: &Rules<'_>, tally: &mut Tally) {
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

    /// Returns a log with ten updates of vehicle 7, 100 ms apart, starting at 100 ms.
    fn log() -> PublishLog {
        let log = PublishLog::new(8, 10);
        (1..=10).for_each(|n| {
            log.publish(7, Nanos(n * 100 * MS));
        });
        log
    }

    /// Returns the result of receiving updates 5 ms after publication. Those published from 200 to 900 ms are counted.
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
            let received = Nanos(log.published_at(update).expect("the update was published").0 + 5 * MS);
            ledger.enter(update, received, &rules, &mut tally);
        }
        ledger.close(&rules, &mut tally);
        (tally, ledger.is_up_to_date(&log))
    }

    #[rstest]
    #[case::all_are_received(&[1, 2, 3, 4, 5, 6, 7, 8, 9, 10], (7, 0, 0, 0), true)]
    #[case::only_uncounted_ones_are_missing(&[2, 3, 4, 5, 6, 7, 8, 10], (7, 0, 0, 0), true)]
    #[case::one_is_merged(&[1, 2, 4, 5, 6, 7, 8, 10], (6, 1, 0, 0), true)]
    #[case::three_are_too_many_for_one_interval(&[1, 2, 6, 7, 8, 10], (4, 1, 2, 0), true)]
    #[case::the_end_is_missing(&[1, 2, 3, 4, 5], (4, 0, 0, 3), false)]
    #[case::none_is_received(&[], (0, 0, 0, 7), false)]
    fn every_update_is_accounted_for(
        #[case] seqs: &[u32],
        #[case] expected: (u64, u64, u64, u64),
        #[case] is_up_to_date: bool,
    ) {
        let (tally, found_up_to_date) = check(120, seqs);
        assert_eq!(
            (tally.delivered, tally.merged, tally.thinned, tally.lost),
            expected
        );
        assert_eq!(found_up_to_date, is_up_to_date);
    }

    #[test]
    fn repeated_and_late_updates_are_not_deliveries() {
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
    fn updates_received_in_the_measured_time_are_counted_whenever_they_were_published() {
        let log = log();
        let rules = Rules {
            log: &log,
            window: Nanos(450 * MS)..Nanos(650 * MS),
            same_interval: Duration::ZERO,
        };
        let (mut ledger, mut tally) = (Ledger::new((7, 1)), Tally::default());
        for (seq, received_ms) in [(1, 430), (2, 460), (3, 640), (6, 660)] {
            let update = Update { vehicle: 7, seq };
            ledger.enter(update, Nanos(received_ms * MS), &rules, &mut tally);
        }
        assert_eq!((tally.arrived, tally.delivered), (2, 1));
        assert!((339.0..341.0).contains(&tally.arrival_latency_ms(1.0)));
    }

    #[test]
    fn freshness_is_measured_from_publication() {
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
    fn a_frame_that_does_not_follow_its_predecessor_is_a_gap() {
        let (mut ledger, mut tally) = (Ledger::new((0, 1)), Tally::default());
        for (prev, tick) in [(None, 3), (Some(3), 4), (Some(5), 6), (Some(6), 9), (None, 12)] {
            ledger.turn_page(Head { tick, prev }, &mut tally);
        }
        assert_eq!(tally.gaps, 1);
    }
}

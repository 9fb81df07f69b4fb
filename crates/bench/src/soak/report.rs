//! Results of a soak run: readings of the server, visits, and deliveries to the steady clients.

use super::{Scale, growth::Growth, observer::Reading, visitors::Visits};
use crate::{measure::Outcome, report::Machine};

/// Figures of the server before, during and after the visits.
#[derive(Debug, Clone)]
pub(super) struct Course {
    /// Before the first visitor, with the steady clients.
    pub(super) before: Reading,
    pub(super) visits: Visits,
    /// During the visits, every second.
    pub(super) readings: Vec<Reading>,
    /// After the last visitor has left, with the steady clients.
    pub(super) after: Reading,
}

impl Course {
    /// Returns the growth of memory during the visits; `None` if there are too few readings.
    pub(super) fn growth(&self) -> Option<Growth> {
        Growth::of(self.readings.iter().map(|reading| reading.resident_bytes))
    }
}

#[derive(Debug, Clone)]
pub(crate) struct SoakReport {
    pub(super) machine: Machine,
    pub(super) day: String,
    pub(super) scale: Scale,
    /// Deliveries to the steady clients.
    pub(super) outcome: Outcome,
    pub(super) course: Course,
}

#[cfg(test)]
pub(super) mod tests {
    use std::time::Duration;

    use super::*;
    use crate::clients::Tally;

    /// Returns the figures of a run of 100 s in which every rule holds.
    pub(in crate::soak) fn a_sound_report() -> SoakReport {
        let mut tally = Tally {
            delivered: 1_000_000,
            ..Tally::default()
        };
        tally.latency_us.record_n(50_000, 10_000).expect("in range");
        let steady = Reading {
            at: Duration::ZERO,
            resident_bytes: 80 << 20,
            descriptors: 50,
            threads: 9,
            sockets: 10,
            connections: 11,
            subscribers: 10,
            rooms: 1,
        };
        let at = |second| Reading {
            at: Duration::from_secs(second),
            descriptors: 160,
            sockets: 120,
            connections: 121,
            subscribers: 120,
            rooms: 70,
            ..steady
        };
        SoakReport {
            machine: Machine::this(),
            day: "2026-01-01".to_owned(),
            scale: Scale::full(Duration::from_secs(100)),
            outcome: Outcome {
                tally,
                measured: Duration::from_secs(110),
                cpu: None,
                cpu_in_time: None,
                resident_bytes: None,
                own_cpu: Duration::ZERO,
                publisher_late: Duration::ZERO,
                published: 0,
                caught_up: Some(Duration::ZERO),
            },
            course: Course {
                before: steady,
                visits: Visits::one_of_each(),
                readings: (0..100).map(at).collect(),
                after: Reading {
                    at: Duration::from_secs(110),
                    ..steady
                },
            },
        }
    }
}

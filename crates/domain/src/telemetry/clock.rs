//! Detection of robots whose clocks were set back.

use std::time::Duration;

use super::Timestamp;

/// Time when a message arrived, by both clocks of the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Arrival {
    /// Wall-clock time, with which the robot's timestamps are compared.
    pub wall: Timestamp,
    /// Monotonic time since the server started.
    pub uptime: Duration,
}

/// Detects from the messages of one robot whether its clock was set back.
///
/// A message can be older than the newest accepted one because it was delayed, or because the robot's clock was set
/// back or restarted from zero. The messages that follow distinguish the two cases: delayed messages arrive between
/// newer ones, whereas a robot whose clock was set back sends only older ones.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SetBackWatch {
    run: Option<Run>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Run {
    began: Duration,
    last: Timestamp,
    samples: u32,
}

impl SetBackWatch {
    /// Number of older messages in a row, with ascending timestamps, that is needed to show that the clock was set
    /// back.
    pub const SAMPLES: u32 = 5;
    /// Minimum time between the arrivals of the first and the last of the [`Self::SAMPLES`] or more messages. Buffered
    /// messages, which a robot sends all at once, arrive faster and do not show that its clock was set back.
    pub const SPAN: Duration = Duration::from_secs(1);

    /// Records a message that is older than the newest accepted one. Returns `true` if the clock was set back: at least
    /// [`Self::SAMPLES`] such messages in a row had ascending timestamps, and arrived over at least [`Self::SPAN`].
    pub fn note_older(&mut self, timestamp: Timestamp, arrival: Arrival) -> bool {
        match &mut self.run {
            // A repeated timestamp neither continues the run nor ends it.
            Some(run) if timestamp == run.last => {}
            Some(run) if timestamp > run.last => {
                run.last = timestamp;
                run.samples += 1;
            }
            run => {
                *run = Some(Run {
                    began: arrival.uptime,
                    last: timestamp,
                    samples: 1,
                });
            }
        }
        let is_set_back = self.run.as_ref().is_some_and(|run| {
            run.samples >= Self::SAMPLES && arrival.uptime.saturating_sub(run.began) >= Self::SPAN
        });
        if is_set_back {
            self.run = None;
        }
        is_set_back
    }

    /// Records a message that is not older than the newest accepted one. It ends a run of older messages.
    pub fn note_newer(&mut self) {
        self.run = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(samples: &[(i64, u64)], believed_at: Option<usize>) {
        let mut watch = SetBackWatch::default();
        let found = samples.iter().position(|&(ms, uptime_ms)| {
            let timestamp = Timestamp::from_unix_ms(ms).expect("a time");
            let arrival = Arrival {
                wall: Timestamp::EPOCH,
                uptime: Duration::from_millis(uptime_ms),
            };
            watch.note_older(timestamp, arrival)
        });
        assert_eq!(found, believed_at, "{samples:?}");
    }

    #[test]
    fn five_ascending_times_over_a_second_show_a_clock_that_was_set_back() {
        check(&[(10, 0), (20, 250), (30, 500), (40, 750), (50, 1_000)], Some(4));
    }

    #[test]
    fn five_ascending_times_within_less_than_a_second_are_not_enough() {
        check(
            &[(1, 0), (2, 10), (3, 20), (4, 30), (5, 40), (6, 999), (7, 1_000)],
            Some(6),
        );
    }

    #[test]
    fn descending_times_restart_the_count() {
        check(
            &[
                (10, 0),
                (20, 500),
                (15, 900),
                (16, 1_200),
                (17, 1_500),
                (18, 1_700),
                (19, 1_900),
            ],
            Some(6),
        );
        check(&[(5, 0), (4, 500), (3, 1_000), (2, 1_500), (1, 2_000)], None);
    }

    #[test]
    fn a_repeated_time_neither_counts_nor_restarts_the_count() {
        check(&[(1, 0), (1, 300), (1, 600), (1, 900), (1, 1_200)], None);
        check(
            &[
                (1, 0),
                (1, 100),
                (2, 300),
                (3, 500),
                (3, 700),
                (4, 900),
                (5, 1_000),
            ],
            Some(6),
        );
    }

    #[test]
    fn a_newer_message_in_between_ends_the_run() {
        let mut watch = SetBackWatch::default();
        let older = |watch: &mut SetBackWatch, ms, uptime_ms| {
            let arrival = Arrival {
                wall: Timestamp::EPOCH,
                uptime: Duration::from_millis(uptime_ms),
            };
            watch.note_older(Timestamp::from_unix_ms(ms).expect("a time"), arrival)
        };
        for round in 0..20 {
            assert!(!older(&mut watch, round, 1_000 * round.unsigned_abs()));
            watch.note_newer();
        }
    }
}

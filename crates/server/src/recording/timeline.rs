//! When a recorded message is due.

use std::{str::FromStr, time::Duration};

use tokio::time::Instant;

/// How much faster than it was recorded a recording is played.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Speed(f64);

/// A text that is no [`Speed`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be a number greater than 0: at least 0.001, at most 1000000")]
pub struct InvalidSpeed;

impl FromStr for Speed {
    type Err = InvalidSpeed;

    fn from_str(text: &str) -> Result<Self, InvalidSpeed> {
        let speed = text.parse().map_err(|_| InvalidSpeed)?;
        if (0.001..=1e6).contains(&speed) {
            Ok(Self(speed))
        } else {
            Err(InvalidSpeed)
        }
    }
}

/// When each message of a recording is due. Everything counts from the beginning, so that small delays never add up.
#[derive(Debug)]
pub struct Timeline {
    speed: Speed,
    start: Instant,
    /// The log time with which the present round began.
    origin: Option<u64>,
    /// The latest message of this round, in nanoseconds of the recording after its first.
    latest: u64,
    /// The messages of this round.
    messages: u64,
    /// Nanoseconds of the recording that earlier rounds took.
    earlier: u64,
}

impl Timeline {
    /// A timeline that begins with the first message, which is due now.
    pub fn starting_now(speed: Speed) -> Self {
        Self {
            speed,
            start: Instant::now(),
            origin: None,
            latest: 0,
            messages: 0,
            earlier: 0,
        }
    }

    /// When the next message, of this log time (nanoseconds), is due.
    pub fn due(&mut self, log_time: u64) -> Instant {
        let origin = *self.origin.get_or_insert(log_time);
        let into_round = log_time.saturating_sub(origin);
        self.latest = self.latest.max(into_round);
        self.messages += 1;
        let recorded = Duration::from_nanos(self.earlier.saturating_add(into_round));
        let played = Duration::try_from_secs_f64(recorded.as_secs_f64() / self.speed.0);
        let due = played.ok().and_then(|played| self.start.checked_add(played));
        // Centuries from now, which nobody waits for.
        due.unwrap_or_else(|| self.start + Duration::from_secs(1 << 32))
    }

    /// Nanoseconds of the recording that earlier rounds took: what recorded stamps are late by in this one.
    pub const fn earlier_rounds(&self) -> u64 {
        self.earlier
    }

    /// Begins again. The first message follows the last one after the usual pause between two; a recording of only one
    /// comes once a second. Tells whether there was any message in the round that is over.
    pub fn next_round(&mut self) -> bool {
        let had_any = self.messages > 0;
        let pause = self
            .latest
            .checked_div(self.messages.saturating_sub(1))
            .unwrap_or(1_000_000_000);
        self.earlier = self.earlier.saturating_add(self.latest).saturating_add(pause);
        (self.origin, self.latest, self.messages) = (None, 0, 0);
        had_any
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    const SECOND: u64 = 1_000_000_000;

    fn timeline(speed: &str) -> Timeline {
        Timeline::starting_now(speed.parse().expect("a speed"))
    }

    fn check_due(timeline: &mut Timeline, log_time: u64, seconds: f64) {
        let due = timeline
            .due(log_time)
            .duration_since(timeline.start)
            .as_secs_f64();
        assert!((due - seconds).abs() < 1e-6, "due after {due} s, not {seconds} s");
    }

    #[rstest]
    #[case("1", 3.0)]
    #[case("10", 0.3)]
    #[case("0.5", 6.0)]
    fn a_message_is_due_as_long_after_the_first_as_it_was_recorded(
        #[case] speed: &str,
        #[case] seconds: f64,
    ) {
        let mut timeline = timeline(speed);
        check_due(&mut timeline, 100 * SECOND, 0.0);
        check_due(&mut timeline, 103 * SECOND, seconds);
    }

    #[test]
    fn a_message_from_before_the_first_is_due_at_once() {
        let mut timeline = timeline("1");
        check_due(&mut timeline, 100 * SECOND, 0.0);
        check_due(&mut timeline, 99 * SECOND, 0.0);
    }

    #[test]
    fn the_next_round_follows_after_the_usual_pause() {
        let mut timeline = timeline("2");
        for at in [10, 11, 12] {
            timeline.due(at * SECOND);
        }
        assert!(timeline.next_round());
        assert_eq!(timeline.earlier_rounds(), 3 * SECOND);
        check_due(&mut timeline, 10 * SECOND, 1.5);
    }

    #[test]
    fn a_single_message_comes_once_a_second() {
        let mut timeline = timeline("1");
        check_due(&mut timeline, 7, 0.0);
        timeline.next_round();
        check_due(&mut timeline, 7, 1.0);
    }

    #[test]
    fn a_round_without_a_message_is_told() {
        let mut timeline = timeline("1");
        assert!(!timeline.next_round());
    }

    #[test]
    fn the_end_of_time_is_far_away_and_no_fault() {
        let mut timeline = timeline("0.001");
        timeline.due(0);
        assert!(timeline.due(u64::MAX) > Instant::now() + Duration::from_secs(1_000_000));
    }

    #[rstest]
    #[case("0")]
    #[case("-1")]
    #[case("NaN")]
    #[case("inf")]
    #[case("1e-300")]
    #[case("fast")]
    fn a_speed_is_a_number_greater_than_0(#[case] text: &str) {
        assert_eq!(text.parse::<Speed>(), Err(InvalidSpeed));
    }
}

//! Due times of recorded messages.

use std::{str::FromStr, time::Duration};

use tokio::time::Instant;

/// Speed of playback relative to that of the recording, from 0.001 to 1,000,000.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Speed(f64);

/// Error for a text that is not a [`Speed`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be a number between 0.001 and 1000000")]
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

/// Due times of a recording's messages. All are relative to the start of playback, so small delays never add up.
#[derive(Debug)]
pub(super) struct Timeline {
    speed: Speed,
    start: Instant,
    /// Log time of the current round's first message.
    origin: Option<u64>,
    /// Latest log time of this round, in nanoseconds after `origin`.
    latest: u64,
    /// Number of messages in this round.
    messages: u64,
    /// Duration of all earlier rounds, in nanoseconds of recorded time.
    earlier: u64,
}

impl Timeline {
    /// Creates a timeline whose first message is due now.
    pub(super) fn starting_now(speed: Speed) -> Self {
        Self {
            speed,
            start: Instant::now(),
            origin: None,
            latest: 0,
            messages: 0,
            earlier: 0,
        }
    }

    /// Returns the due time of the next message, given its log time in nanoseconds.
    pub(super) fn due(&mut self, log_time: u64) -> Instant {
        let origin = *self.origin.get_or_insert(log_time);
        let into_round = log_time.saturating_sub(origin);
        self.latest = self.latest.max(into_round);
        self.messages += 1;
        let recorded = Duration::from_nanos(self.earlier.saturating_add(into_round));
        let played = Duration::try_from_secs_f64(recorded.as_secs_f64() / self.speed.0);
        let due = played.ok().and_then(|played| self.start.checked_add(played));
        // On overflow, use 136 years from now, which is effectively never.
        due.unwrap_or_else(|| self.start + Duration::from_secs(1 << 32))
    }

    /// Returns the duration of all earlier rounds, in nanoseconds of recorded time, by which recorded stamps are
    /// shifted.
    pub(super) const fn earlier_rounds(&self) -> u64 {
        self.earlier
    }

    /// Starts the next round. Its first message follows the last one after the average time between two messages, or
    /// after a second if there was only one. Returns `true` if the finished round had any messages.
    pub(super) fn next_round(&mut self) -> bool {
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
    fn due_times_scale_with_the_speed(#[case] speed: &str, #[case] seconds: f64) {
        let mut timeline = timeline(speed);
        check_due(&mut timeline, 100 * SECOND, 0.0);
        check_due(&mut timeline, 103 * SECOND, seconds);
    }

    #[test]
    fn a_message_older_than_the_first_is_due_at_once() {
        let mut timeline = timeline("1");
        check_due(&mut timeline, 100 * SECOND, 0.0);
        check_due(&mut timeline, 99 * SECOND, 0.0);
    }

    #[test]
    fn the_next_round_follows_after_the_average_interval() {
        let mut timeline = timeline("2");
        for at in [10, 11, 12] {
            timeline.due(at * SECOND);
        }
        assert!(timeline.next_round());
        assert_eq!(timeline.earlier_rounds(), 3 * SECOND);
        check_due(&mut timeline, 10 * SECOND, 1.5);
    }

    #[test]
    fn a_single_message_is_repeated_every_second() {
        let mut timeline = timeline("1");
        check_due(&mut timeline, 7, 0.0);
        timeline.next_round();
        check_due(&mut timeline, 7, 1.0);
    }

    #[test]
    fn a_round_without_messages_is_reported() {
        let mut timeline = timeline("1");
        assert!(!timeline.next_round());
    }

    #[test]
    fn an_overflowing_due_time_is_far_in_the_future() {
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

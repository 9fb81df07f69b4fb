//! The current rejections of a vehicle's messages.

use std::time::Duration;

use domain::{telemetry::Timestamp, vehicle::LastRejection};

use crate::{
    moment::whole_us,
    report::{Channel, Rejection},
};

/// Rejections of one vehicle's messages. Channels are counted separately: a robot whose positions are rejected may send
/// valid states.
///
/// The rejections of a channel end with the next accepted message on it. If only messages on the other channel are
/// accepted, they end some time after the last one: a robot may never send another state after a single faulty one, but
/// a robot whose states are all rejected must not appear to be faultless because its positions are accepted.
#[derive(Debug, Default)]
pub(crate) struct Rejections {
    positions: Option<Box<Streak>>,
    states: Option<Box<Streak>>,
}

/// Consecutive rejections on one channel.
#[derive(Debug)]
struct Streak {
    last: LastRejection,
    /// Running time at the arrival of the last rejected message, in microseconds.
    last_us: u64,
    /// Whether a message on the other channel has been accepted since the last rejection.
    is_other_accepted: bool,
}

impl Streak {
    /// Returns `true` if the streak has ended at a running time, although no message on its channel has been accepted.
    /// `lasting` is the time after the last rejection until then.
    fn is_over(&self, now_us: u64, lasting: Duration) -> bool {
        self.is_other_accepted && now_us.saturating_sub(self.last_us) >= whole_us(lasting)
    }
}

impl Rejections {
    /// Maximum length of the stored description, in bytes.
    const DETAIL_CAP: usize = 512;

    /// Records a rejected message that arrived at `at`, which is `at_us` in running time.
    pub(crate) fn note(
        &mut self,
        channel: Channel,
        rejection: &Rejection,
        at: Timestamp,
        at_us: u64,
        lasting: Duration,
    ) {
        let (streak, _) = self.streaks(channel);
        let earlier = streak.as_ref().filter(|streak| !streak.is_over(at_us, lasting));
        let count = earlier.map_or(0, |streak| streak.last.count) + 1;
        let detail = &rejection.detail;
        *streak = Some(Box::new(Streak {
            last: LastRejection {
                reason: rejection.reason.as_str(),
                detail: detail[..detail.floor_char_boundary(Self::DETAIL_CAP)].to_owned(),
                at,
                count,
            },
            last_us: at_us,
            is_other_accepted: false,
        }));
    }

    /// Records an accepted message on a channel.
    pub(crate) fn accepted(&mut self, channel: Channel) {
        let (own, other) = self.streaks(channel);
        *own = None;
        if let Some(other) = other {
            other.is_other_accepted = true;
        }
    }

    /// Returns the latest rejection of the streaks that have not ended at a running time.
    pub(crate) fn last(&self, now_us: u64, lasting: Duration) -> Option<&LastRejection> {
        [&self.positions, &self.states]
            .into_iter()
            .filter_map(Option::as_deref)
            .filter(|streak| !streak.is_over(now_us, lasting))
            .map(|streak| &streak.last)
            .max_by_key(|last| last.at)
    }

    /// Returns the rejections of a channel and those of the other one.
    const fn streaks(&mut self, channel: Channel) -> (&mut Option<Box<Streak>>, &mut Option<Box<Streak>>) {
        match channel {
            Channel::Position => (&mut self.positions, &mut self.states),
            Channel::State => (&mut self.states, &mut self.positions),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::Reason;

    const LASTING: Duration = Duration::from_secs(30);

    fn reject(rejections: &mut Rejections, channel: Channel, rejection: &Rejection, second: u64) {
        let at = i64::try_from(second * 1_000).expect("a small number");
        let at = Timestamp::from_unix_ms(at).expect("a time");
        rejections.note(channel, rejection, at, second * 1_000_000, LASTING);
    }

    /// Returns the reason and the number of the current rejections.
    fn current(rejections: &Rejections, second: u64) -> Option<(&'static str, u64)> {
        let last = rejections.last(second * 1_000_000, LASTING)?;
        Some((last.reason, last.count))
    }

    #[test]
    fn consecutive_rejections_are_counted_until_a_message_of_the_channel_is_accepted() {
        let mut rejections = Rejections::default();
        let far = Rejection::new(Reason::OutOfBounds, "far away");
        let odd = Rejection::new(Reason::InvalidField, "x".repeat(5_000));
        reject(&mut rejections, Channel::Position, &far, 1);
        reject(&mut rejections, Channel::Position, &far, 2);
        reject(&mut rejections, Channel::State, &odd, 3);
        assert_eq!(current(&rejections, 3), Some(("invalid_field", 1)));
        let last = rejections.last(3_000_000, LASTING).expect("the newest");
        assert_eq!(last.detail.len(), 512);
        rejections.accepted(Channel::State);
        assert_eq!(current(&rejections, 3), Some(("out_of_bounds", 2)));
        let last = rejections.last(3_000_000, LASTING).expect("the older");
        assert_eq!(&*last.detail, "far away");
        rejections.accepted(Channel::Position);
        assert_eq!(current(&rejections, 3), None);
    }

    #[test]
    fn rejections_end_some_time_after_the_last_one_if_messages_on_the_other_channel_are_accepted() {
        let odd = Rejection::new(Reason::InvalidField, "odd");
        for (faulty, valid) in [
            (Channel::State, Channel::Position),
            (Channel::Position, Channel::State),
        ] {
            let mut rejections = Rejections::default();
            rejections.accepted(valid);
            reject(&mut rejections, faulty, &odd, 10);
            reject(&mut rejections, faulty, &odd, 11);
            assert_eq!(
                current(&rejections, 1_000),
                Some(("invalid_field", 2)),
                "nothing was accepted"
            );
            rejections.accepted(valid);
            assert_eq!(current(&rejections, 40), Some(("invalid_field", 2)));
            assert_eq!(current(&rejections, 41), None);
            reject(&mut rejections, faulty, &odd, 42);
            assert_eq!(
                current(&rejections, 42),
                Some(("invalid_field", 1)),
                "the first one of a new streak"
            );
        }
    }

    #[test]
    fn rejections_that_continue_do_not_end_with_accepted_messages_on_the_other_channel() {
        let mut rejections = Rejections::default();
        let odd = Rejection::new(Reason::InvalidField, "odd");
        for second in 1..=100 {
            rejections.accepted(Channel::Position);
            reject(&mut rejections, Channel::State, &odd, second);
            rejections.accepted(Channel::Position);
            assert_eq!(current(&rejections, second), Some(("invalid_field", second)));
        }
        assert_eq!(current(&rejections, 129), Some(("invalid_field", 100)));
        assert_eq!(current(&rejections, 130), None);
    }
}

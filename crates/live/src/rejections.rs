//! Why a vehicle's messages are rejected, while they are.

use domain::vehicle::LastRejection;

use crate::{
    moment::Moment,
    report::{Channel, Rejection},
};

/// The messages of one vehicle that were rejected since the last accepted one, each channel by itself: a robot whose
/// positions are rejected may send states that are not.
#[derive(Debug, Default)]
pub(crate) struct Rejections {
    positions: Option<Box<LastRejection>>,
    states: Option<Box<LastRejection>>,
}

impl Rejections {
    /// How many bytes of a fault's description are kept.
    const DETAIL_CAP: usize = 512;

    /// Notes a message that was rejected.
    pub(crate) fn note(&mut self, channel: Channel, rejection: &Rejection, at: Moment) {
        let row = self.row(channel);
        let count = row.as_ref().map_or(0, |last| last.count) + 1;
        let detail = &rejection.detail;
        *row = Some(Box::new(LastRejection {
            reason: rejection.reason.as_str(),
            detail: detail[..detail.floor_char_boundary(Self::DETAIL_CAP)].to_owned(),
            at: at.wall(),
            count,
        }));
    }

    /// Notes a message that was accepted.
    pub(crate) fn end(&mut self, channel: Channel) {
        *self.row(channel) = None;
    }

    /// The newest one.
    pub(crate) fn last(&self) -> Option<&LastRejection> {
        [&self.positions, &self.states]
            .into_iter()
            .filter_map(Option::as_deref)
            .max_by_key(|last| last.at)
    }

    const fn row(&mut self, channel: Channel) -> &mut Option<Box<LastRejection>> {
        match channel {
            Channel::Position => &mut self.positions,
            Channel::State => &mut self.states,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::Reason;

    fn at_s(seconds: u64) -> Moment {
        Moment {
            unix_us: seconds * 1_000_000,
            uptime_us: seconds * 1_000_000,
        }
    }

    #[test]
    fn rejections_are_counted_in_a_row_and_end_with_an_accepted_message_of_their_channel() {
        let mut rejections = Rejections::default();
        let far = Rejection::new(Reason::OutOfBounds, "far away");
        let odd = Rejection::new(Reason::InvalidField, "x".repeat(5_000));
        rejections.note(Channel::Position, &far, at_s(1));
        rejections.note(Channel::Position, &far, at_s(2));
        rejections.note(Channel::State, &odd, at_s(3));
        let last = rejections.last().expect("the newest");
        assert_eq!(
            (last.reason, last.count, last.detail.len()),
            ("invalid_field", 1, 512)
        );
        rejections.end(Channel::State);
        let last = rejections.last().expect("the older");
        assert_eq!(
            (last.reason, last.count, &*last.detail),
            ("out_of_bounds", 2, "far away")
        );
        rejections.end(Channel::Position);
        assert_eq!(rejections.last(), None);
    }
}

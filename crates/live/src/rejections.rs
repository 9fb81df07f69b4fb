//! The current rejections of a vehicle's messages.

use domain::vehicle::LastRejection;

use crate::{
    moment::Moment,
    report::{Channel, Rejection},
};

/// Rejections of one vehicle's messages since the last accepted one. Channels are counted separately: a robot whose
/// positions are rejected may send valid states.
#[derive(Debug, Default)]
pub(crate) struct Rejections {
    positions: Option<Box<LastRejection>>,
    states: Option<Box<LastRejection>>,
}

impl Rejections {
    /// Maximum length of the stored description, in bytes.
    const DETAIL_CAP: usize = 512;

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

    /// Clears the rejections of a channel after an accepted message.
    pub(crate) fn end(&mut self, channel: Channel) {
        *self.row(channel) = None;
    }

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
    fn consecutive_rejections_are_counted_until_a_message_of_the_channel_is_accepted() {
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

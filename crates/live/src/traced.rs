//! Numbers of messages, with which a view shows which messages its data is from, and traced messages.

use domain::VehicleId;

use crate::{report::Channel, trace::TraceParent};

/// Bit that is set in the number of a message that has no timestamp of its own: its data has the time of arrival. A
/// separate flag would make every view larger, and no message number is ever large enough to have this bit.
const UNSTAMPED: u64 = 1 << 63;

/// Numbers of the messages that the position and the state of a vehicle are from. Each message that a core accepts gets
/// a new number, starting at 1. Data that is not from a message, such as that from live keys, has the number 0.
///
/// Numbering costs one addition per message. In return, an untraced message does not have to look for a traced one that
/// it replaces.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct MessageNumbers {
    position: u64,
    state: u64,
}

impl MessageNumbers {
    /// Number of data that is not from a message.
    pub(crate) const NONE: u64 = 0;

    pub(crate) const fn of(self, channel: Channel) -> u64 {
        self.marked(channel) & !UNSTAMPED
    }

    /// Sets the number of the message, which has a timestamp of its own unless [`Self::set_unstamped`] follows.
    pub(crate) const fn set(&mut self, channel: Channel, number: u64) {
        *self.marked_mut(channel) = number;
    }

    /// Records that the message has no timestamp of its own.
    pub(crate) const fn set_unstamped(&mut self, channel: Channel) {
        *self.marked_mut(channel) |= UNSTAMPED;
    }

    /// Returns `true` if the data is from a message with a timestamp of its own. For data that is not from a message,
    /// it is unknown whether its timestamp is the robot's.
    pub(crate) const fn is_stamped(self, channel: Channel) -> bool {
        let marked = self.marked(channel);
        marked != Self::NONE && marked & UNSTAMPED == 0
    }

    const fn marked(self, channel: Channel) -> u64 {
        match channel {
            Channel::Position => self.position,
            Channel::State => self.state,
        }
    }

    const fn marked_mut(&mut self, channel: Channel) -> &mut u64 {
        match channel {
            Channel::Position => &mut self.position,
            Channel::State => &mut self.state,
        }
    }

    /// Returns `true` if the data is from this message, rather than from one that replaced it.
    pub(crate) const fn include(self, message: &TracedMessage) -> bool {
        self.of(message.channel) == message.number
    }
}

/// An accepted message whose delivery is part of a trace.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TracedMessage {
    /// Vehicle that the message is about.
    pub vehicle_id: VehicleId,
    pub(crate) channel: Channel,
    pub(crate) number: u64,
    /// Span in which the message was applied.
    pub span: TraceParent,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_without_a_timestamp_of_its_own_keeps_its_number() {
        let mut numbers = MessageNumbers::default();
        assert!(!numbers.is_stamped(Channel::Position), "it is not from a message");
        numbers.set(Channel::Position, 7);
        numbers.set(Channel::State, 8);
        assert!(numbers.is_stamped(Channel::Position) && numbers.is_stamped(Channel::State));
        numbers.set_unstamped(Channel::Position);
        assert!(!numbers.is_stamped(Channel::Position) && numbers.is_stamped(Channel::State));
        assert_eq!(
            (numbers.of(Channel::Position), numbers.of(Channel::State)),
            (7, 8)
        );
        numbers.set(Channel::Position, 9);
        assert!(numbers.is_stamped(Channel::Position));
    }
}

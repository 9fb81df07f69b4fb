//! Traced messages, and the proof that a view shows the data of one.

use domain::VehicleId;

use crate::{report::Channel, trace::TraceParent};

/// Numbers of the messages that the position and the state of a vehicle are from. Each message that a core accepts gets
/// a new number, starting at 1. Data that is not from a message, such as that of live keys, has the number 0.
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
        match channel {
            Channel::Position => self.position,
            Channel::State => self.state,
        }
    }

    pub(crate) const fn set(&mut self, channel: Channel, number: u64) {
        match channel {
            Channel::Position => self.position = number,
            Channel::State => self.state = number,
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

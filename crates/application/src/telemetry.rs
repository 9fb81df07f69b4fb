//! What arrives from robots, decoded and checked as far as one message alone can be.

use std::fmt;

use bytes::Bytes;
use domain::{
    VehicleId,
    telemetry::{Implausible, Percentage, Timestamp, VehiclePosition, VehicleRuntimeState},
};

use crate::{moment::Moment, trace::TraceParent};

/// Where a message came in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Channel {
    /// `vehicle:position:update`
    Position,
    /// `vehicle:state:update`
    State,
}

impl Channel {
    /// The channel's name in Redis, in metrics and in dead letters.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Position => "vehicle:position:update",
            Self::State => "vehicle:state:update",
        }
    }
}

/// What a robot says of itself.
#[derive(Debug, Clone, PartialEq)]
pub struct Report {
    /// Which robot.
    pub vehicle_id: VehicleId,
    /// What it says.
    pub content: Content,
    /// The robot's span that the message belongs to.
    pub trace_parent: Option<TraceParent>,
}

impl Report {
    /// The channel on which a robot says this.
    #[must_use]
    pub const fn channel(&self) -> Channel {
        match self.content {
            Content::Position { .. } => Channel::Position,
            Content::State(_) | Content::Battery { .. } => Channel::State,
        }
    }
}

/// The content of a [`Report`].
#[derive(Debug, Clone, PartialEq)]
pub enum Content {
    /// Where it is, and, when an odometry says so, how fast (m/s, at least 0).
    Position {
        /// Where.
        position: VehiclePosition,
        /// How fast, for a state that exists already.
        speed: Option<f64>,
    },
    /// How it is.
    State(VehicleRuntimeState),
    /// How full its battery is; all else keeps its last value.
    Battery {
        /// The charge.
        level: Percentage,
        /// When.
        at: Timestamp,
    },
}

/// One message as it came in, taken apart into the reports that it carries.
#[derive(Debug, Clone)]
pub struct Inbound {
    /// Where.
    pub channel: Channel,
    /// When it came out of the connection.
    pub received_at: Moment,
    /// Its parts: one for an object, one for each element of an array.
    pub items: Vec<Item>,
}

/// One part of a message.
#[derive(Debug, Clone)]
pub struct Item {
    /// The bytes that it was decoded from, or the beginning of them.
    pub source: Bytes,
    /// How many bytes it was decoded from.
    pub bytes: usize,
    /// The vehicle that it names, which may be known although the rest is not.
    pub vehicle_id: Option<VehicleId>,
    /// What it says, or why it says nothing.
    pub report: Result<Report, Rejection>,
    /// Its time is the robot's own; else the robot gave none, and it is that of the arrival.
    pub is_stamped: bool,
    /// The optional fields of it that are not in the report, because their values are impossible.
    pub dropped: DroppedFields,
}

impl Item {
    /// A report that is whole and carries the robot's own time.
    #[must_use]
    pub fn understood(source: Bytes, report: Report) -> Self {
        Self {
            bytes: source.len(),
            source,
            vehicle_id: Some(report.vehicle_id),
            report: Ok(report),
            is_stamped: true,
            dropped: DroppedFields::default(),
        }
    }

    /// A part that says nothing.
    #[must_use]
    pub fn rejected(source: Bytes, vehicle_id: Option<VehicleId>, rejection: Rejection) -> Self {
        Self {
            bytes: source.len(),
            source,
            vehicle_id,
            report: Err(rejection),
            is_stamped: false,
            dropped: DroppedFields::default(),
        }
    }
}

macro_rules! optional_fields {
    ($($(#[$doc:meta])* $variant:ident = $text:literal),+ $(,)?) => {
        /// The fields that a message may leave out.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum OptionalField {
            $($(#[$doc])* $variant),+
        }

        impl OptionalField {
            /// Every one of them.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The field's name in messages and metrics.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text),+ }
            }
        }
    };
}

optional_fields! {
    /// Of a position.
    FrameId = "frame_id",
    /// Of a position.
    MapId = "map_id",
    /// Of a position whose orientation is given by angles.
    Roll = "roll",
    /// Of a position whose orientation is given by angles.
    Pitch = "pitch",
    /// Of an Odometry.
    Twist = "twist",
    /// Of a state.
    CurrentLoad = "currentLoad",
    /// Of a state.
    Temperature = "temperature",
    /// Of a state.
    ErrorCodes = "errorCodes",
    /// Of a state.
    Status = "status",
    /// Of any message.
    Traceparent = "traceparent",
}

/// A set of [`OptionalField`]s.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct DroppedFields(u16);

impl DroppedFields {
    /// Adds a field.
    pub const fn insert(&mut self, field: OptionalField) {
        self.0 |= 1 << field as u16;
    }

    /// Whether there is none.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Its fields.
    pub fn iter(self) -> impl Iterator<Item = OptionalField> {
        OptionalField::ALL
            .iter()
            .copied()
            .filter(move |field| self.0 & (1 << *field as u16) != 0)
    }
}

/// Why a part of a message is not taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rejection {
    /// The kind of fault; bounded, so that it can be a metric's label.
    pub reason: Reason,
    /// The fault itself, for a log.
    pub detail: String,
}

impl Rejection {
    /// A fault with its details.
    pub fn new(reason: Reason, detail: impl fmt::Display) -> Self {
        Self {
            reason,
            detail: detail.to_string(),
        }
    }
}

impl From<Implausible> for Rejection {
    fn from(implausible: Implausible) -> Self {
        let reason = match implausible {
            Implausible::OutOfBounds => Reason::OutOfBounds,
            Implausible::InFuture { .. } => Reason::InFuture,
            Implausible::OutOfOrder { .. } => Reason::OutOfOrder,
            Implausible::Jump { .. } => Reason::Jump,
        };
        Self::new(reason, implausible)
    }
}

macro_rules! reasons {
    ($($(#[$doc:meta])* $variant:ident = $text:literal),+ $(,)?) => {
        /// The kinds of fault that a message can have.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Reason {
            $($(#[$doc])* $variant),+
        }

        impl Reason {
            /// Every reason.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The reason's name in metrics and dead letters.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text),+ }
            }
        }
    };
}

reasons! {
    /// More bytes than `LIVE__MAX_MESSAGE_BYTES`.
    TooLarge = "too_large",
    /// Not UTF-8.
    InvalidUtf8 = "invalid_utf8",
    /// Not JSON.
    NotJson = "not_json",
    /// A field is missing, of the wrong type, or out of its range.
    InvalidField = "invalid_field",
    /// A required number that is unknown (`NaN`, `Infinity`, `null`) or too large, such as 1e999.
    NotFinite = "not_finite",
    /// A ROS 2 message of a type that has no place on this channel.
    UnsupportedType = "unsupported_type",
    /// A quaternion whose norm is too far from 1, such as the all-zero one.
    InvalidRotation = "invalid_rotation",
    /// Outside `LIVE__BOUNDS`.
    OutOfBounds = "out_of_bounds",
    /// A time in seconds, microseconds or nanoseconds.
    TimestampUnit = "timestamp_unit",
    /// Too far ahead of the server's clock.
    InFuture = "in_future",
    /// Older than the newest accepted one.
    OutOfOrder = "out_of_order",
    /// Farther from the last position than the vehicle could have driven.
    Jump = "jump",
    /// No vehicle of this id is registered.
    UnknownVehicle = "unknown_vehicle",
    /// The vehicle is disabled.
    DisabledVehicle = "disabled_vehicle",
    /// The vehicle was deleted.
    DeletedVehicle = "deleted_vehicle",
    /// Above `LIVE__MAX_MESSAGES_PER_VEHICLE_PER_S`, and followed by a newer one.
    RateLimited = "rate_limited",
}

impl Reason {
    /// Whether there is nothing wrong with the message but that there were too many: it is counted, and not kept.
    #[must_use]
    pub const fn is_of_rate(self) -> bool {
        matches!(self, Self::RateLimited)
    }
}

/// A message, or a part of one, that was not taken.
#[derive(Debug, Clone)]
pub struct DeadLetter {
    /// Where it came in.
    pub channel: Channel,
    /// Its beginning, at most [`DeadLetter::PAYLOAD_CAP`] bytes.
    pub payload: Bytes,
    /// How many bytes it had.
    pub bytes: usize,
    /// Why it was not taken.
    pub rejection: Rejection,
    /// When it came in.
    pub received_at: Timestamp,
}

impl DeadLetter {
    /// How many bytes of a payload are kept.
    pub const PAYLOAD_CAP: usize = 4_096;

    /// A copy of what is kept of a payload.
    pub(crate) fn head_of(payload: &[u8]) -> Bytes {
        Bytes::copy_from_slice(&payload[..payload.len().min(Self::PAYLOAD_CAP)])
    }

    /// A letter about a message. The payload is copied: a slice of it would hold the whole message, of which it may be a
    /// small part, for as long as the letter waits.
    #[must_use]
    pub fn new(channel: Channel, payload: &[u8], rejection: Rejection, received_at: Timestamp) -> Self {
        Self {
            channel,
            payload: Self::head_of(payload),
            bytes: payload.len(),
            rejection,
            received_at,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dropped_fields_are_a_set() {
        let mut dropped = DroppedFields::default();
        assert!(dropped.is_empty());
        for field in [
            OptionalField::Status,
            OptionalField::FrameId,
            OptionalField::Status,
        ] {
            dropped.insert(field);
        }
        assert_eq!(
            dropped.iter().collect::<Vec<_>>(),
            [OptionalField::FrameId, OptionalField::Status]
        );
        for field in OptionalField::ALL {
            dropped.insert(*field);
        }
        assert_eq!(dropped.iter().count(), OptionalField::ALL.len());
    }

    #[test]
    fn a_letter_holds_no_more_than_the_beginning_of_its_message() {
        let message = Bytes::from(vec![b'x'; 1 << 20]);
        let rejection = Rejection::new(Reason::NotJson, "broken");
        let letter = DeadLetter::new(Channel::State, &message, rejection, Timestamp::EPOCH);
        assert_eq!(
            (letter.payload.len(), letter.bytes),
            (DeadLetter::PAYLOAD_CAP, 1 << 20)
        );
        assert!(message.is_unique());
    }
}

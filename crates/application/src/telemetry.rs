//! Messages from robots, decoded and checked as far as this is possible without the state of the vehicle.

use bytes::Bytes;
use domain::{VehicleId, named_enum, telemetry::Timestamp};

pub use ::live::report::{Channel, Content, Reason, Rejection, Report};

use crate::{Moment, trace::TraceParent};

/// A received message, split into its parts.
#[derive(Debug, Clone)]
pub struct Inbound {
    pub channel: Channel,
    /// Time at which the message was received.
    pub received_at: Moment,
    /// Parts of the message: one for an object, or one for each element of an array.
    pub items: Vec<Item>,
}

/// A part of a message.
#[derive(Debug, Clone)]
pub struct Item {
    /// Raw bytes of the part, possibly truncated.
    pub source: Bytes,
    /// Number of raw bytes before truncation.
    pub bytes: usize,
    /// Vehicle that the part names. It may be known even if the rest is invalid.
    pub vehicle_id: Option<VehicleId>,
    /// The report, or the reason for rejecting the part.
    pub report: Result<Report, Rejection>,
    /// Whether the timestamp is the robot's own. If the robot gave none, it is the time of arrival.
    pub is_stamped: bool,
    /// Optional fields that were dropped from the report because of impossible values.
    pub dropped: DroppedFields,
    /// The span that the robot reported for a part that is rejected; that of a report is in the report.
    pub rejected_trace: Option<TraceParent>,
}

impl Item {
    /// Creates the part for a complete report with the robot's own timestamp.
    #[must_use]
    pub fn understood(source: Bytes, report: Report) -> Self {
        Self {
            bytes: source.len(),
            source,
            vehicle_id: Some(report.vehicle_id),
            report: Ok(report),
            is_stamped: true,
            dropped: DroppedFields::default(),
            rejected_trace: None,
        }
    }

    /// Creates the part for a rejected report that belongs to no trace.
    #[must_use]
    pub fn rejected(source: Bytes, vehicle_id: Option<VehicleId>, rejection: Rejection) -> Self {
        Self {
            bytes: source.len(),
            source,
            vehicle_id,
            report: Err(rejection),
            is_stamped: false,
            dropped: DroppedFields::default(),
            rejected_trace: None,
        }
    }
}

named_enum! {
    /// Optional fields of messages, by their names in messages and metrics.
    OptionalField {
        // Fields of positions.
        FrameId = "frame_id",
        MapId = "map_id",
        // Fields of positions whose orientation is given in another form.
        Qx = "qx",
        Qy = "qy",
        Qz = "qz",
        Qw = "qw",
        // Fields of positions whose orientation is given by the heading.
        Yaw = "yaw",
        // Fields of positions whose orientation is given by angles.
        Roll = "roll",
        Pitch = "pitch",
        // Fields of Odometry messages.
        Twist = "twist",
        // Fields of states.
        CurrentLoad = "currentLoad",
        Temperature = "temperature",
        ErrorCodes = "errorCodes",
        Status = "status",
        // Fields of all messages.
        Traceparent = "traceparent",
    }
}

/// A set of [`OptionalField`]s.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct DroppedFields(u16);

impl DroppedFields {
    pub const fn insert(&mut self, field: OptionalField) {
        self.0 |= 1 << field as u16;
    }

    pub const fn extend(&mut self, other: Self) {
        self.0 |= other.0;
    }

    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    pub fn iter(self) -> impl Iterator<Item = OptionalField> {
        OptionalField::ALL
            .iter()
            .copied()
            .filter(move |field| self.0 & (1 << *field as u16) != 0)
    }
}

/// A rejected message, or a rejected part of one.
#[derive(Debug, Clone)]
pub struct DeadLetter {
    /// Channel of the message.
    pub channel: Channel,
    /// Vehicle that the message names; `None` if it names none, or none that can be read.
    pub vehicle_id: Option<VehicleId>,
    /// Start of the payload, at most [`DeadLetter::PAYLOAD_CAP`] bytes.
    pub payload: Bytes,
    /// Number of bytes of the whole payload.
    pub bytes: usize,
    /// Reason for the rejection.
    pub rejection: Rejection,
    /// Time at which this server received the message.
    pub received_at: Timestamp,
}

impl DeadLetter {
    /// Maximum number of bytes that are kept of a payload.
    pub const PAYLOAD_CAP: usize = 4_096;

    /// Copies the start of a payload, at most [`DeadLetter::PAYLOAD_CAP`] bytes. A character of a UTF-8 payload is not
    /// split.
    #[must_use]
    pub fn head_of(payload: &[u8]) -> Bytes {
        let is_inside_of_a_character = |byte: &u8| byte & 0b1100_0000 == 0b1000_0000;
        let mut end = payload.len().min(Self::PAYLOAD_CAP);
        // A UTF-8 character has at most three continuation bytes.
        for _ in 0..3 {
            if payload.get(end).is_some_and(is_inside_of_a_character) {
                end -= 1;
            }
        }
        // More than three continuation bytes in a row are not UTF-8, so the payload is cut at the cap.
        if payload.get(end).is_some_and(is_inside_of_a_character) {
            end = Self::PAYLOAD_CAP;
        }
        Bytes::copy_from_slice(&payload[..end])
    }

    /// Creates a dead letter that names no vehicle. The payload is copied, because a slice of a message would keep the
    /// whole message in memory as long as the letter is queued.
    #[must_use]
    pub fn new(channel: Channel, payload: &[u8], rejection: Rejection, received_at: Timestamp) -> Self {
        Self {
            channel,
            vehicle_id: None,
            payload: Self::head_of(payload),
            bytes: payload.len(),
            rejection,
            received_at,
        }
    }

    /// Returns `true` if the end of the payload was not kept.
    #[must_use]
    pub fn is_truncated(&self) -> bool {
        self.payload.len() < self.bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dropped_fields_form_a_set() {
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
    fn a_dead_letter_is_cut_between_two_characters() {
        let rejection = || Rejection::new(Reason::NotJson, "broken");
        for (character, ahead) in [("é", 1), ("€", 1), ("€", 2), ("😀", 1), ("😀", 2), ("😀", 3)] {
            let start = DeadLetter::PAYLOAD_CAP - ahead;
            let text = "x".repeat(start) + character + "x";
            let letter = DeadLetter::new(Channel::State, text.as_bytes(), rejection(), Timestamp::EPOCH);
            assert_eq!(letter.payload, text.as_bytes()[..start], "{character} {ahead}");
        }
        let whole = "x".repeat(DeadLetter::PAYLOAD_CAP - 2) + "éx";
        let letter = DeadLetter::new(Channel::State, whole.as_bytes(), rejection(), Timestamp::EPOCH);
        assert_eq!(letter.payload, whole.as_bytes()[..DeadLetter::PAYLOAD_CAP]);
        let bytes = [0x80; DeadLetter::PAYLOAD_CAP + 1];
        let letter = DeadLetter::new(Channel::State, &bytes, rejection(), Timestamp::EPOCH);
        assert_eq!(letter.payload.len(), DeadLetter::PAYLOAD_CAP);
    }

    #[test]
    fn a_dead_letter_does_not_keep_its_whole_message_in_memory() {
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

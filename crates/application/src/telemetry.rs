//! What arrives from robots, decoded and checked as far as one message alone can be.

use bytes::Bytes;
use domain::{VehicleId, named_enum, telemetry::Timestamp};

pub use ::live::report::{Channel, Content, Reason, Rejection, Report};

use crate::Moment;

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

named_enum! {
    /// The fields that a message may leave out, by their names in messages and metrics.
    OptionalField {
        /// Of a position.
        FrameId = "frame_id",
        /// Of a position.
        MapId = "map_id",
        /// Of a position whose orientation is given in another way.
        Qx = "qx",
        /// Of a position whose orientation is given in another way.
        Qy = "qy",
        /// Of a position whose orientation is given in another way.
        Qz = "qz",
        /// Of a position whose orientation is given in another way.
        Qw = "qw",
        /// Of a position whose orientation is given by its heading.
        Yaw = "yaw",
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
}

/// A set of [`OptionalField`]s.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct DroppedFields(u16);

impl DroppedFields {
    /// Adds a field.
    pub const fn insert(&mut self, field: OptionalField) {
        self.0 |= 1 << field as u16;
    }

    /// Adds the fields of another set.
    pub const fn extend(&mut self, other: Self) {
        self.0 |= other.0;
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

    /// A copy of what is kept of a payload: at most [`DeadLetter::PAYLOAD_CAP`] bytes, of which the last ones are a whole
    /// character where the payload is UTF-8.
    #[must_use]
    pub fn head_of(payload: &[u8]) -> Bytes {
        let is_inside_of_a_character = |byte: &u8| byte & 0b1100_0000 == 0b1000_0000;
        let mut end = payload.len().min(Self::PAYLOAD_CAP);
        // A character has at most three bytes behind its first.
        for _ in 0..3 {
            if payload.get(end).is_some_and(is_inside_of_a_character) {
                end -= 1;
            }
        }
        // More of them are no character.
        if payload.get(end).is_some_and(is_inside_of_a_character) {
            end = Self::PAYLOAD_CAP;
        }
        Bytes::copy_from_slice(&payload[..end])
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
    fn a_letter_is_cut_between_two_characters() {
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

//! A message that is decoded step by step, one object at a time.

use application::{
    Moment,
    telemetry::{Channel, DeadLetter, Item, Reason, Rejection},
};
use bytes::Bytes;

use super::{
    elements::{Element, Elements},
    understand::understand,
};

/// A message that is decoded part by part, so that a long one does not occupy a thread for long.
#[derive(Debug, Clone)]
pub struct Message {
    channel: Channel,
    payload: Bytes,
    /// Original length, in bytes.
    bytes: usize,
    received_at: Moment,
    rest: Rest,
    parts: usize,
}

#[derive(Debug, Clone)]
enum Rest {
    TooLarge { max_bytes: usize },
    Object,
    Elements(Elements),
    Nothing,
}

/// Number of elements that any array may have.
const ELEMENTS: usize = 1_000;
/// Lower bound of the length of a valid object, in bytes. A long array may have as many elements as fit at this length.
const BYTES_OF_AN_ELEMENT: usize = 64;

impl Message {
    /// Creates a message that has not been decoded yet. If it is longer than `max_bytes`, only its start is kept, and
    /// it is never decoded.
    #[must_use]
    pub fn new(channel: Channel, payload: Bytes, received_at: Moment, max_bytes: usize) -> Self {
        let bytes = payload.len();
        let (payload, rest) = if bytes > max_bytes {
            (DeadLetter::head_of(&payload), Rest::TooLarge { max_bytes })
        } else {
            let rest = Elements::of(&payload).map_or(Rest::Object, Rest::Elements);
            (payload, rest)
        };
        Self {
            channel,
            payload,
            bytes,
            received_at,
            rest,
            parts: 0,
        }
    }

    #[must_use]
    pub const fn channel(&self) -> Channel {
        self.channel
    }

    /// Returns the time at which the message was taken from the connection.
    #[must_use]
    pub const fn received_at(&self) -> Moment {
        self.received_at
    }

    /// Returns the payload, or the start of one that is too long.
    #[must_use]
    pub const fn payload(&self) -> &Bytes {
        &self.payload
    }

    /// Returns `true` if nothing is left to decode. At the end of an array, it still returns `false`, and
    /// [`Self::next_item`] then returns `None`.
    #[must_use]
    pub const fn is_done(&self) -> bool {
        matches!(self.rest, Rest::Nothing)
    }

    /// Returns the number of bytes of the original length that have not been decoded yet.
    #[must_use]
    pub const fn undecoded(&self) -> usize {
        match &self.rest {
            Rest::TooLarge { .. } | Rest::Object => self.bytes,
            Rest::Elements(elements) => self.bytes - elements.scanned(),
            Rest::Nothing => 0,
        }
    }

    /// Decodes the next part: an object, or an element of an array. Returns `None` at the end.
    pub fn next_item(&mut self) -> Option<Item> {
        let item = match &mut self.rest {
            Rest::Nothing => return None,
            Rest::TooLarge { max_bytes } => {
                let detail = format!("the message has {} bytes; the limit is {max_bytes}", self.bytes);
                let rejection = Rejection::new(Reason::TooLarge, detail);
                self.rest = Rest::Nothing;
                Item {
                    bytes: self.bytes,
                    ..Item::rejected(self.payload.clone(), None, rejection)
                }
            }
            Rest::Object => {
                self.rest = Rest::Nothing;
                understand(self.channel, self.payload.clone(), self.received_at)
            }
            Rest::Elements(elements) => match elements.next(&self.payload)? {
                Element::Whole(start, _) if self.is_one_too_many() => {
                    let detail = format_args!(
                        "the array has more than {} elements, too many for its size",
                        self.parts
                    );
                    let rejection = Rejection::new(Reason::InvalidField, detail);
                    self.rest = Rest::Nothing;
                    Item::rejected(self.payload.slice(start..), None, rejection)
                }
                Element::Whole(start, end) => {
                    understand(self.channel, self.payload.slice(start..end), self.received_at)
                }
                Element::Broken(start) => {
                    let fault = "the array is truncated, or its brackets do not match";
                    let rest = if self.parts == 0 || start == self.payload.len() {
                        self.payload.clone()
                    } else {
                        self.payload.slice(start..)
                    };
                    Item::rejected(rest, None, Rejection::new(Reason::NotJson, fault))
                }
            },
        };
        self.parts += 1;
        Some(item)
    }

    /// Returns `true` if an array has more elements than its length permits: a message that consists of commas must not
    /// become a million dead letters.
    fn is_one_too_many(&self) -> bool {
        self.parts >= ELEMENTS && self.parts >= self.bytes / BYTES_OF_AN_ELEMENT
    }
}

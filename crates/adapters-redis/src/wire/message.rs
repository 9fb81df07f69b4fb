//! A message on its way to being understood.

use application::{
    Moment,
    telemetry::{Channel, DeadLetter, Item, Reason, Rejection},
};
use bytes::Bytes;

use super::{
    elements::{Element, Elements},
    understand::understand,
};

/// A message that is taken apart part by part, so that a long one need not be understood in one go.
#[derive(Debug, Clone)]
pub struct Message {
    channel: Channel,
    payload: Bytes,
    /// How many bytes it had.
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

/// Any array may have so many elements.
const ELEMENTS: usize = 1_000;
/// No object that says all that it must is shorter.
const BYTES_OF_AN_ELEMENT: usize = 64;

impl Message {
    /// A message of which nothing is understood yet. Of one of more than `max_bytes` only the beginning is kept, and it is
    /// not looked into.
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

    /// The channel that it came in on.
    #[must_use]
    pub const fn channel(&self) -> Channel {
        self.channel
    }

    /// When it came out of the connection.
    #[must_use]
    pub const fn received_at(&self) -> Moment {
        self.received_at
    }

    /// Its bytes, or, when there are too many, the beginning of them.
    #[must_use]
    pub const fn payload(&self) -> &Bytes {
        &self.payload
    }

    /// Whether nothing is left of it for certain; a list may turn out to have ended.
    #[must_use]
    pub const fn is_done(&self) -> bool {
        matches!(self.rest, Rest::Nothing)
    }

    /// The next part: one for an object, one for each element of an array.
    pub fn next_item(&mut self) -> Option<Item> {
        let item = match &mut self.rest {
            Rest::Nothing => return None,
            Rest::TooLarge { max_bytes } => {
                let detail = format!("message has {} bytes, more than {max_bytes}", self.bytes);
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
                        "array has more than {} elements, too many to be messages",
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
                    let fault = "array is cut off, or its brackets do not match";
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

    /// Whether an array has more elements than its length lets it have: one message of nothing but commas must not become
    /// half a million dead letters.
    fn is_one_too_many(&self) -> bool {
        self.parts >= ELEMENTS && self.parts >= self.bytes / BYTES_OF_AN_ELEMENT
    }
}

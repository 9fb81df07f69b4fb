//! What robots publish, and how it is understood.
//!
//! A message is one JSON object or an array of them; each is taken apart into one [`Item`](application::telemetry::Item), judged by itself. An object
//! is either plain or carries a ROS 2 message in rosbridge's form: `docs/redis.md` has the fields, and an example of
//! each form.
//!
//! A sound object is parsed once. Only what does not parse, or does not say what it must, is looked at a second time by
//! the readers that tell a fault of one field from a fault of the whole.

mod elements;
mod encode;
mod field;
mod message;
mod object;
mod position;
mod ros;
mod state;
#[cfg(test)]
mod tests;
mod understand;

use application::{
    Moment,
    telemetry::{Channel, Inbound},
};
use bytes::Bytes;
pub use encode::encode;
pub use message::Message;

/// Takes a message apart. Nothing that is wrong with it is an error here: it is in the items.
///
/// A message of more than `max_bytes` is not looked into. The items' sources are slices of `payload`.
#[must_use]
pub fn decode(channel: Channel, payload: Bytes, received_at: Moment, max_bytes: usize) -> Inbound {
    let mut message = Message::new(channel, payload, received_at, max_bytes);
    let items = std::iter::from_fn(|| message.next_item()).collect();
    Inbound {
        channel,
        received_at,
        items,
    }
}

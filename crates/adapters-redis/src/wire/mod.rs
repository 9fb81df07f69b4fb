//! Decoding and encoding of messages from robots.
//!
//! A message is one JSON object or an array of them. Each object becomes one [`Item`](application::telemetry::Item),
//! and is accepted or rejected independently. An object is either plain or carries a ROS 2 message in rosbridge's form;
//! `docs/redis.md` lists the fields, with an example of each form.
//!
//! A valid object is parsed once. Only if that fails is it parsed a second time: without bare tokens such as `NaN` if
//! it is not JSON, and field by field if a ROS 2 message deviates from its definition.

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

/// Decodes a message. Faults are not errors here: they are part of the items.
///
/// A message longer than `max_bytes` is not decoded. The items' sources are slices of `payload`.
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

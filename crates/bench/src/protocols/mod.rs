//! The protocols of the measured systems, as far as this tool needs them: how vehicles publish, and what a subscriber
//! sends and receives over its WebSocket.
//!
//! * [`Feed`], [`Publication`]: the publishing side.
//! * [`Protocol`], [`Dialogue`], [`Incoming`]: the subscribing side.
//! * [`Settings`], [`Frame`], [`Batch`]: encodings of fleetwatch.
//! * `fleetwatch`, `socket_io`, `mqtt`, `nats`: the messages.

mod dialogue;
mod feed;
mod fleetwatch;
mod incoming;
mod mqtt;
mod nats;
mod protocol;
mod socket_io;

pub(crate) use dialogue::Dialogue;
pub(crate) use feed::{Feed, Publication};
#[cfg(test)]
pub(crate) use fleetwatch::batch;
pub(crate) use fleetwatch::{Area, Batch, Encoding, Frame, Head, Mode, Settings};
pub(crate) use incoming::Incoming;
pub(crate) use protocol::Protocol;

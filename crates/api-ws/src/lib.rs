//! The live gateway at `/ws`: admission, protocol and encodings.
//!
//! * [`Gateway`]: the HTTP side: handshake, origin, token, connection limits.
//! * `protocol`: client messages and the server's answers.
//! * `refusal`: responses to refused handshakes.
//! * [`asyncapi`]: the AsyncAPI document, generated from the types.
//! * `codec`: encoding of events and views; each is encoded once and shared.
//! * `socket`: one connection: its two directions and its end.
//!
//! A socket writes frames that are already encoded. All subscribers with the same interest and pace share the bytes, so
//! a delivery costs one write per socket and no encoding.

pub mod asyncapi;
mod close;
mod codec;
mod frames;
#[cfg(test)]
mod fuzz;
mod gateway;
mod handshake;
mod options;
mod protocol;
mod refusal;
mod socket;

pub use codec::frame;
pub use gateway::{Gateway, GatewayParts};
pub use handshake::Subprotocol;
pub use options::GatewayOptions;

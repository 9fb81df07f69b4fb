//! The live gateway at `/ws`: admission, protocol and encodings.
//!
//! * [`Gateway`]: the HTTP side (handshake, origin, token, connection limits).
//! * `protocol`: client messages and the server's answers.
//! * `refusal`: responses to refused handshakes.
//! * [`asyncapi`]: the AsyncAPI document, generated from the types.
//! * `codec`: encoding of events and views; each is encoded once and shared.
//! * `socket`: the read half and the write half of a connection, and its end.
//!
//! All subscribers with the same interest, scope and pace share encoded bytes, so a further socket costs a write and
//! hardly any encoding.

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

pub use codec::Codec;
pub use gateway::{Gateway, GatewayParts};
pub use options::GatewayOptions;

//! The live gateway at `/ws`: admission, protocol and encodings.
//!
//! * [`Gateway`]: the HTTP side; handshake, origin, token, limits of connections.
//! * `protocol`: the messages of clients and the server's answers.
//! * `refusal`: answers to handshakes that are refused.
//! * [`asyncapi`]: the description of all of it, made from the types.
//! * `codec`: events and views as bytes, each made once and shared.
//! * `socket`: one connection; its two directions and its end.
//!
//! A socket's frames are ready-made bytes that the connection writes as they are. All who share an interest
//! and a pace share those bytes, so a delivery costs one write and nothing else.

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

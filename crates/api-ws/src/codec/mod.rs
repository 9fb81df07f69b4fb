//! Encoding of events and views.

pub(crate) mod events;
mod json;

use application::live::{Delivery, RosterPage};
use bytes::Bytes;

use crate::handshake::Subprotocol;

/// Encodes a delivery as a frame in two parts; the second is shared by all recipients of its batch.
pub fn frame(subprotocol: Subprotocol, delivery: &Delivery) -> [Bytes; 2] {
    match subprotocol {
        Subprotocol::Json => json::frame(delivery),
    }
}

pub(crate) fn roster_frame(subprotocol: Subprotocol, page: &RosterPage) -> Bytes {
    match subprotocol {
        Subprotocol::Json => json::roster_frame(page),
    }
}

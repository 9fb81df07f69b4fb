//! Events and views as bytes.

pub(crate) mod events;
mod json;

use application::live::{Delivery, RosterPage};
use bytes::Bytes;

use crate::handshake::Subprotocol;

/// A delivery as a ready-made frame in two parts, of which the second is shared by all who get its batch.
pub fn frame(subprotocol: Subprotocol, delivery: &Delivery) -> [Bytes; 2] {
    match subprotocol {
        Subprotocol::Json => json::frame(delivery),
    }
}

/// Changes of the registry as a ready-made frame.
pub(crate) fn roster_frame(subprotocol: Subprotocol, page: &RosterPage) -> Bytes {
    match subprotocol {
        Subprotocol::Json => json::roster_frame(page),
    }
}

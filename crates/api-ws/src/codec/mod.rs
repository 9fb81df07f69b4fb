//! Events and views as bytes.

mod json;

use application::live::Delivery;
use bytes::Bytes;

use crate::handshake::Subprotocol;

/// A delivery as a ready-made frame. Who follows tick by tick shares the frame with all others who do.
pub(crate) fn frame(subprotocol: Subprotocol, delivery: &Delivery) -> Bytes {
    match subprotocol {
        Subprotocol::Json => json::frame(delivery),
    }
}

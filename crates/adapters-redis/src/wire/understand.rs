//! One object of a message, by the channel that it came on.

use application::{
    Moment,
    telemetry::{Channel, Item},
};
use bytes::Bytes;

use super::{
    object::{parse, read},
    position, state,
};

/// Reads an object, or says why it can't be read.
pub(super) fn understand(channel: Channel, source: Bytes, received_at: Moment) -> Item {
    let item = match channel {
        Channel::Position => parse(&source, |text| {
            let object: position::Message<'_> = serde_json::from_str(text)?;
            Ok(read(&object, received_at))
        }),
        Channel::State => parse(&source, |text| {
            let object: state::Message<'_> = serde_json::from_str(text)?;
            Ok(read(&object, received_at))
        }),
    };
    // What is read borrows the source: it is put in afterwards.
    let item = item.unwrap_or_else(|rejection| Item::rejected(Bytes::new(), None, rejection));
    Item {
        bytes: source.len(),
        source,
        ..item
    }
}

//! Decoding of one object, by the channel of its message.

use application::{
    Moment,
    telemetry::{Channel, Item},
};
use bytes::Bytes;

use super::{
    object::{parse, read, trace_parent_of},
    position, state,
};

/// Decodes an object, or rejects it with the reason.
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
    // Parsing borrows the source, which is therefore moved into the item afterwards.
    let item = item.unwrap_or_else(|rejection| Item {
        rejected_trace: trace_parent_of(&source),
        ..Item::rejected(Bytes::new(), None, rejection)
    });
    Item {
        bytes: source.len(),
        source,
        ..item
    }
}

//! Encoding of events, views and answers as frames.
//!
//! `format` writes values and frames as JSON or MessagePack, `events` has the types that are written, `delta` those of
//! changed views, and `deflate` compresses a finished payload.

mod deflate;
pub(crate) mod delta;
pub(crate) mod events;
mod format;
mod number;

use application::live::{Batch, Delivery, DeliveryNumber, RosterEvent, RosterPage, VehicleInfo, VehicleView};
use bytes::Bytes;

use self::{
    delta::Shown,
    events::{EventJson, InfoJson, RosterJson, ViewJson},
    format::Format,
};
use crate::{
    frames::{self, Opcode},
    protocol::Answer,
};

/// Encoding of the frames on a socket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Codec {
    format: Format,
    is_compressed: bool,
}

impl Codec {
    pub const JSON: Self = Self::new(Format::Json, false);
    pub const JSON_DEFLATE: Self = Self::new(Format::Json, true);
    pub const MESSAGE_PACK: Self = Self::new(Format::MessagePack, false);
    pub const MESSAGE_PACK_DEFLATE: Self = Self::new(Format::MessagePack, true);

    const fn new(format: Format, is_compressed: bool) -> Self {
        Self {
            format,
            is_compressed,
        }
    }

    /// Returns `true` if clients may send MessagePack as well as JSON.
    pub(crate) fn reads_message_pack(self) -> bool {
        self.format == Format::MessagePack
    }

    /// Slot of this codec in an [`application::live::EncodedFrame`].
    const fn slot(self) -> usize {
        self.format as usize * 2 + self.is_compressed as usize
    }

    const fn opcode(self) -> Opcode {
        match (self.format, self.is_compressed) {
            (Format::Json, false) => Opcode::Text,
            _ => Opcode::Binary,
        }
    }

    /// Encodes a delivery as a frame in two parts: the start with this socket's numbers, and the rest, which is encoded
    /// once for all recipients of the batch.
    #[must_use]
    pub fn frame(self, delivery: &Delivery) -> [Bytes; 2] {
        let batch = &*delivery.batch;
        let shared = batch
            .encoded
            .get_or_encode(self.slot(), || self.shared(batch))
            .clone();
        let at = batch.at.wall().as_unix_ms();
        [self.beginning(at, delivery.number, shared.len()), shared]
    }

    /// Encodes changes to the registry as a frame. The pages of two subscribers differ, so only the vehicle entries are
    /// shared.
    pub(crate) fn roster_frame(self, page: &RosterPage) -> Bytes {
        let mut events = self.format.events(page.events.len());
        for event in &page.events {
            let format = self.format;
            events.push(|buffer| match event {
                RosterEvent::Info(info) => write_info(format, buffer, "vehicleInfo", info),
                RosterEvent::Added(info) => write_info(format, buffer, "vehicleAdded", info),
                RosterEvent::Updated(info) => write_info(format, buffer, "vehicleUpdated", info),
                RosterEvent::Deleted(_) => format.write(buffer, &RosterJson::from(event)),
            });
        }
        let rest = self.compressed(events.finish());
        let beginning = self.beginning(page.at.wall().as_unix_ms(), page.number, rest.len());
        [&beginning[..], &rest].concat().into()
    }

    /// Encodes a message to one client as a frame.
    pub(crate) fn answer(self, answer: &Answer<'_>) -> Bytes {
        let mut payload = Vec::with_capacity(256);
        self.format.write(&mut payload, answer);
        frames::message(self.opcode(), &self.compressed(payload))
    }

    fn beginning(self, at: i64, number: DeliveryNumber, shared_bytes: usize) -> Bytes {
        frames::beginning(self.opcode(), shared_bytes, |buffer| {
            if self.is_compressed {
                // The start is not shared, and too short to be worth compressing.
                deflate::store(buffer, |buffer| self.format.begin_batch(buffer, at, number));
            } else {
                self.format.begin_batch(buffer, at, number);
            }
        })
    }

    fn shared(self, batch: &Batch) -> Bytes {
        if self.is_compressed {
            // Another subscriber may use the same format without compression.
            let plain = Self {
                is_compressed: false,
                ..self
            };
            let payload = batch.encoded.get_or_encode(plain.slot(), || plain.shared(batch));
            return deflate::compress(payload).into();
        }
        let base = |n: usize| batch.bases.get(n).and_then(Option::as_deref);
        let views = batch.views.iter().enumerate();
        let shown: Vec<_> = views.filter_map(|(n, view)| Shown::of(base(n), view)).collect();
        let mut events = self.format.events(batch.events.len() + shown.len());
        for event in &batch.events {
            events.push(|buffer| self.format.write(buffer, &EventJson::from(&**event)));
        }
        for shown in shown {
            events.push(|buffer| match shown {
                Shown::Full(view) => buffer.extend_from_slice(self.fragment(view)),
                Shown::Change(change) => self.format.write(buffer, &change),
            });
        }
        events.finish().into()
    }

    /// Returns a view's encoding, shared by all frames that contain it in full; empty if neither position nor state is
    /// known.
    fn fragment(self, view: &VehicleView) -> &Bytes {
        view.encoded.get_or_encode(self.format as usize, || {
            let mut buffer = Vec::with_capacity(512);
            if let Some(shown) = ViewJson::of(view) {
                self.format.write(&mut buffer, &shown);
            }
            buffer.into()
        })
    }

    fn compressed(self, payload: Vec<u8>) -> Vec<u8> {
        if self.is_compressed {
            deflate::compress(&payload)
        } else {
            payload
        }
    }
}

/// Writes a registry entry as an event. The entry without its type is encoded once.
fn write_info(format: Format, buffer: &mut Vec<u8>, kind: &str, info: &VehicleInfo) {
    let fields = info.encoded.get_or_encode(format as usize, || {
        let mut buffer = Vec::with_capacity(256);
        format.write(&mut buffer, &InfoJson::from(info));
        buffer.into()
    });
    format.write_tagged(buffer, kind, fields);
}

#[cfg(test)]
mod tests;

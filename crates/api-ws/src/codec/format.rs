//! Writing of values and batches as JSON or MessagePack.

use std::io::Write as _;

use application::live::DeliveryNumber;
use serde::Serialize;

/// Format of a payload. Both formats have the same objects with the same names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Format {
    Json,
    MessagePack,
}

/// Initial capacity for an event, in bytes.
const EVENT_BYTES: usize = 256;

/// First byte of a MessagePack map with up to 15 entries, without their number.
const FIXMAP: u8 = 0x80;

impl Format {
    /// Appends a value.
    pub(super) fn write(self, buffer: &mut Vec<u8>, value: &impl Serialize) {
        const POSSIBLE: &str = "these types have string keys, and writing to a vector cannot fail";
        match self {
            Self::Json => serde_json::to_writer(buffer, value).expect(POSSIBLE),
            Self::MessagePack => rmp_serde::encode::write_named(buffer, value).expect(POSSIBLE),
        }
    }

    /// Appends an encoded object with a `type` before its other fields, of which it has at least one and at most 14.
    pub(super) fn write_tagged(self, buffer: &mut Vec<u8>, kind: &str, fields: &[u8]) {
        match self {
            Self::Json => {
                buffer.extend_from_slice(br#"{"type":"#);
                self.write(buffer, &kind);
                buffer.push(b',');
            }
            Self::MessagePack => {
                debug_assert!((FIXMAP..FIXMAP + 15).contains(&fields[0]), "a small map");
                buffer.push(fields[0] + 1);
                self.write(buffer, &"type");
                self.write(buffer, &kind);
            }
        }
        buffer.extend_from_slice(&fields[1..]);
    }

    /// Appends the start of a batch, up to its events.
    pub(super) fn begin_batch(self, buffer: &mut Vec<u8>, ts: i64, number: DeliveryNumber) {
        let DeliveryNumber { tick, prev } = number;
        match self {
            Self::Json => {
                // Writing to a vector never fails.
                let _ = write!(buffer, r#"{{"type":"batch","ts":{ts},"tick":{tick}"#);
                if let Some(prev) = prev {
                    let _ = write!(buffer, r#","prev":{prev}"#);
                }
            }
            Self::MessagePack => {
                buffer.push(FIXMAP + 4 + u8::from(prev.is_some()));
                self.write(buffer, &"type");
                self.write(buffer, &"batch");
                let numbers = [
                    ("ts", Some(ts.unsigned_abs())),
                    ("tick", Some(tick)),
                    ("prev", prev),
                ];
                for (name, number) in numbers {
                    if let Some(number) = number {
                        self.write(buffer, &name);
                        self.write(buffer, &number);
                    }
                }
            }
        }
    }

    /// Starts the rest of a batch: its list of `count` events.
    pub(super) fn events(self, count: usize) -> Events {
        let mut buffer = Vec::with_capacity(16 + count * EVENT_BYTES);
        match self {
            Self::Json => buffer.extend_from_slice(br#","events":["#),
            Self::MessagePack => {
                self.write(&mut buffer, &"events");
                write_array_header(&mut buffer, count);
            }
        }
        Events {
            format: self,
            buffer,
            missing: count,
        }
    }
}

/// The rest of a batch while it is written.
pub(super) struct Events {
    format: Format,
    buffer: Vec<u8>,
    /// Number of events that are still to be written.
    missing: usize,
}

impl Events {
    pub(super) fn push(&mut self, write: impl FnOnce(&mut Vec<u8>)) {
        write(&mut self.buffer);
        self.missing -= 1;
        if self.format == Format::Json && self.missing > 0 {
            self.buffer.push(b',');
        }
    }

    pub(super) fn finish(mut self) -> Vec<u8> {
        debug_assert_eq!(self.missing, 0, "all announced events are written");
        if self.format == Format::Json {
            self.buffer.extend_from_slice(b"]}");
        }
        self.buffer
    }
}

/// Appends the header of a MessagePack array (array 16 or array 32, or a fixarray for up to 15 elements).
fn write_array_header(buffer: &mut Vec<u8>, count: usize) {
    match (u16::try_from(count), count) {
        (_, 0..=15) => buffer.push(0x90 | count as u8),
        (Ok(count), _) => {
            buffer.push(0xDC);
            buffer.extend_from_slice(&count.to_be_bytes());
        }
        // A frame has a few thousand events at most.
        (Err(_), _) => {
            buffer.push(0xDD);
            buffer.extend_from_slice(&(count as u32).to_be_bytes());
        }
    }
}

//! Frames of updates.
//!
//! A frame consists of its numbers in the sequence of one socket, and of the events, which are the same on all sockets
//! with the same subscription and settings. The two parts can be separated without decoding the frame.

use std::borrow::Cow;

use serde::Deserialize;

use super::{Encoding, inflate};

/// Maximum length of the part before the events, in bytes.
const MAX_OWN_BYTES: usize = 160;

/// Start of every batch in JSON.
const JSON_BATCH: &[u8] = br#"{"type":"batch","#;
/// The type of a batch in MessagePack, after the first byte, which states the number of fields.
const MESSAGE_PACK_BATCH: &[u8] = b"\xA4type\xA5batch";

/// The payload of a frame.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Frame<'a> {
    pub encoding: Encoding,
    pub payload: &'a [u8],
}

impl<'a> Frame<'a> {
    /// Returns `true` if the frame has the start of a batch.
    #[must_use]
    pub(super) fn is_batch(&self) -> bool {
        let start = if self.encoding.is_compressed() {
            // Only batches begin with a stored block.
            inflate::split_stored(self.payload).map(|(start, _)| start)
        } else {
            Some(self.payload)
        };
        start.is_some_and(|start| {
            if self.encoding.is_message_pack() {
                start
                    .get(1..)
                    .is_some_and(|rest| rest.starts_with(MESSAGE_PACK_BATCH))
            } else {
                start.starts_with(JSON_BATCH)
            }
        })
    }

    /// Returns the numbers, and the events without decoding them; `None` if the layout is not that of the server or the
    /// forwarder.
    #[must_use]
    pub(crate) fn peek(&self) -> Option<(Head, &'a [u8])> {
        let (own, shared) = if self.encoding.is_compressed() {
            inflate::split_stored(self.payload)?
        } else if self.encoding.is_message_pack() {
            split_before(b"\xA6events", self.payload)?
        } else {
            split_before(br#","events":"#, self.payload)?
        };
        let head = if self.encoding.is_message_pack() {
            Head::in_message_pack(own)
        } else {
            Head::in_json(own)
        };
        Some((head?, shared))
    }

    /// Returns the payload without compression.
    ///
    /// # Errors
    /// Fails if the payload is not one complete stream.
    pub(crate) fn plain(&self) -> anyhow::Result<Cow<'a, [u8]>> {
        if self.encoding.is_compressed() {
            inflate::inflate(self.payload).map(Cow::Owned)
        } else {
            Ok(Cow::Borrowed(self.payload))
        }
    }
}

fn split_before<'a>(key: &[u8], payload: &'a [u8]) -> Option<(&'a [u8], &'a [u8])> {
    let beginning = &payload[..payload.len().min(MAX_OWN_BYTES)];
    let start = beginning.windows(key.len()).position(|window| window == key)?;
    Some(payload.split_at(start))
}

/// Position of a frame in its socket's sequence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Head {
    /// Number of the frame.
    pub tick: u64,
    /// Number of the preceding frame; `None` if the view is restarted.
    pub prev: Option<u64>,
}

impl Head {
    /// Reads `"tick":n`, optionally followed by `,"prev":m`, before the events.
    fn in_json(own: &[u8]) -> Option<Self> {
        let key = br#""tick":"#;
        let start = own.windows(key.len()).position(|window| window == key)? + key.len();
        let (tick, rest) = decimal(&own[start..])?;
        let prev = match rest.strip_prefix(br#","prev":"#) {
            Some(rest) => Some(decimal(rest)?.0),
            None => None,
        };
        Some(Self { tick, prev })
    }

    /// Reads a map of `type`, `ts`, `tick` and optionally `prev`, in this order, before the events.
    fn in_message_pack(own: &[u8]) -> Option<Self> {
        let rest = own.get(1..)?.strip_prefix(MESSAGE_PACK_BATCH)?;
        let (_, rest) = unsigned(rest.strip_prefix(b"\xA2ts")?)?;
        let (tick, rest) = unsigned(rest.strip_prefix(b"\xA4tick")?)?;
        if rest.is_empty() {
            return Some(Self { tick, prev: None });
        }
        let (prev, rest) = unsigned(rest.strip_prefix(b"\xA4prev")?)?;
        rest.is_empty().then_some(Self {
            tick,
            prev: Some(prev),
        })
    }
}

/// Reads a decimal number, and returns the bytes after it.
fn decimal(text: &[u8]) -> Option<(u64, &[u8])> {
    let digits = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let (number, rest) = text.split_at(digits);
    Some((std::str::from_utf8(number).ok()?.parse().ok()?, rest))
}

/// Reads an unsigned integer of MessagePack, and returns the bytes after it.
fn unsigned(bytes: &[u8]) -> Option<(u64, &[u8])> {
    let (&first, rest) = bytes.split_first()?;
    let length = match first {
        0x00..=0x7F => return Some((u64::from(first), rest)),
        0xCC => 1,
        0xCD => 2,
        0xCE => 4,
        0xCF => 8,
        _ => return None,
    };
    let (number, rest) = rest.split_at_checked(length)?;
    let number = number
        .iter()
        .fold(0, |number, byte| (number << 8) | u64::from(*byte));
    Some((number, rest))
}

/// A decoded frame of events `E`.
#[derive(Debug, Deserialize)]
pub(crate) struct Batch<E> {
    tick: u64,
    prev: Option<u64>,
    pub events: Vec<E>,
}

impl<E> Batch<E> {
    #[must_use]
    pub(crate) const fn head(&self) -> Head {
        Head {
            tick: self.tick,
            prev: self.prev,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;
    use serde_json::{Value, json};

    use super::{
        super::samples::{batch, message},
        *,
    };

    fn decode(frame: &Frame<'_>) -> anyhow::Result<(Head, Vec<Value>)> {
        let batch: Batch<Value> = frame.encoding.decode(&frame.plain()?)?;
        Ok((batch.head(), batch.events))
    }

    fn numbers(tick: u64, prev: Option<u64>) -> Head {
        Head { tick, prev }
    }

    #[rstest]
    fn both_parts_are_found_without_decoding(
        #[values(
            Encoding::Json,
            Encoding::JsonDeflate,
            Encoding::MessagePack,
            Encoding::MessagePackDeflate
        )]
        encoding: Encoding,
        #[values((1, None), (127, Some(126)), (128, Some(127)), (70_000, Some(300)), (u64::MAX, Some(1 << 32)))]
        expected: (u64, Option<u64>),
    ) {
        let expected = numbers(expected.0, expected.1);
        let events = json!([{"vehicleId": "a", "position": {"x": 0.007}}, {"prev": 3, "tick": 4}]);
        let payload = batch(encoding, expected, &events);
        let frame = Frame {
            encoding,
            payload: &payload,
        };
        assert!(frame.is_batch());
        let (head, shared) = frame.peek().unwrap();
        assert_eq!(head, expected);
        let (decoded, decoded_events) = decode(&frame).unwrap();
        assert_eq!(decoded, head);
        assert_eq!(Value::from(decoded_events), events);

        let other = batch(encoding, numbers(1_000, None), &events);
        let other = Frame {
            encoding,
            payload: &other,
        };
        assert_eq!(
            other.peek().unwrap().1,
            shared,
            "the events do not depend on the numbers"
        );
    }

    #[rstest]
    fn a_frame_that_is_cut_off_is_an_error(
        #[values(
            Encoding::Json,
            Encoding::JsonDeflate,
            Encoding::MessagePack,
            Encoding::MessagePackDeflate
        )]
        encoding: Encoding,
    ) {
        let events = json!([{"vehicleId": "a", "position": {"x": 0.007}}]);
        let payload = batch(encoding, numbers(300, Some(299)), &events);
        for length in 0..payload.len() {
            let frame = Frame {
                encoding,
                payload: &payload[..length],
            };
            assert!(decode(&frame).is_err(), "{length} bytes");
            if let Some((head, _)) = frame.peek() {
                assert_eq!(head, numbers(300, Some(299)), "{length} bytes");
            }
        }
    }

    #[rstest]
    fn other_messages_are_not_batches(
        #[values(
            Encoding::Json,
            Encoding::JsonDeflate,
            Encoding::MessagePack,
            Encoding::MessagePackDeflate
        )]
        encoding: Encoding,
    ) {
        let payload = message(encoding, &json!({"type": "subscribed", "id": 7}));
        let frame = Frame {
            encoding,
            payload: &payload,
        };
        assert!(!frame.is_batch());
        assert!(frame.peek().is_none());
    }

    #[rstest]
    #[case::of_the_forwarder(r#"{"type":"batch","ts":0,"tick":12,"events":[{"prev":3}]}"#, Some((12, None)))]
    #[case::without_numbers(r#"{"type":"batch","events":[]}"#, None)]
    #[case::without_events(r#"{"type":"batch","tick":12"#, None)]
    #[case::empty("", None)]
    fn the_numbers_in_json_precede_the_events(
        #[case] text: &str,
        #[case] expected: Option<(u64, Option<u64>)>,
    ) {
        let frame = Frame {
            encoding: Encoding::Json,
            payload: text.as_bytes(),
        };
        let expected = expected.map(|(tick, prev)| numbers(tick, prev));
        assert_eq!(frame.peek().map(|(head, _)| head), expected);
    }

    proptest! {
        #[test]
        fn arbitrary_bytes_are_read_without_a_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
            for encoding in Encoding::ALL {
                let frame = Frame { encoding, payload: &bytes };
                let _ = (frame.is_batch(), frame.peek(), decode(&frame));
            }
        }
    }
}

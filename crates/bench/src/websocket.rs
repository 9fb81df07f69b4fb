//! WebSocket frames (RFC 6455, section 5.2), as far as this tool needs them: its clients mostly read, and the forwarder
//! mostly writes.

use std::convert::Infallible;

use bytes::Bytes;

use crate::splitter::Splitter;

const FIN: u8 = 0x80;
const MASKED: u8 = 0x80;

/// Opcode of a frame that continues the message of the previous one.
pub(crate) const CONTINUATION: u8 = 0x0;
/// Opcode of a text frame.
pub(crate) const TEXT: u8 = 0x1;
/// Opcode of a binary frame.
pub(crate) const BINARY: u8 = 0x2;
/// Opcode of a close frame.
pub(crate) const CLOSE: u8 = 0x8;
/// Opcode of a ping.
pub(crate) const PING: u8 = 0x9;
/// Opcode of a pong.
pub(crate) const PONG: u8 = 0xA;

/// Returns a server's text frame.
#[must_use]
pub(crate) fn server_text(parts: &[&[u8]]) -> Bytes {
    let length = parts.iter().map(|part| part.len()).sum();
    let mut frame = Vec::with_capacity(length + 10);
    put_header(&mut frame, TEXT, 0, length);
    parts.iter().for_each(|part| frame.extend_from_slice(part));
    frame.into()
}

/// Returns a client's frame. Its mask is zero, which is valid and saves masking the payload.
#[must_use]
pub(crate) fn client_frame(opcode: u8, payload: &[u8]) -> Vec<u8> {
    let mut frame = Vec::with_capacity(payload.len() + 14);
    put_header(&mut frame, opcode, MASKED, payload.len());
    frame.extend_from_slice(&[0; 4]);
    frame.extend_from_slice(payload);
    frame
}

fn put_header(frame: &mut Vec<u8>, opcode: u8, masked: u8, payload: usize) {
    frame.push(FIN | opcode);
    match payload {
        0..=125 => frame.push(masked | payload as u8),
        126..=0xFFFF => {
            frame.push(masked | 126);
            frame.extend_from_slice(&(payload as u16).to_be_bytes());
        }
        _ => {
            frame.push(masked | 127);
            frame.extend_from_slice(&(payload as u64).to_be_bytes());
        }
    }
}

/// Reader that splits a connection's bytes into server frames. Frames that arrive in one piece are not copied.
#[derive(Debug, Default)]
pub(crate) struct FrameReader {
    splitter: Splitter,
}

impl FrameReader {
    /// Adds bytes, and calls `on_frame` with the opcode and payload of each frame that they complete.
    pub(crate) fn read(&mut self, bytes: &[u8], mut on_frame: impl FnMut(u8, &[u8])) {
        let Ok(()) = self.splitter.read(bytes, |bytes| {
            let complete = header(bytes).filter(|(_, header, payload)| bytes.len() >= header + payload);
            Ok::<_, Infallible>(complete.map(|(opcode, header, payload)| {
                on_frame(opcode, &bytes[header..header + payload]);
                header + payload
            }))
        });
    }
}

/// Returns the opcode, the header length and the payload length; `None` until the header is complete.
fn header(bytes: &[u8]) -> Option<(u8, usize, usize)> {
    let [first, second, rest @ ..] = bytes else {
        return None;
    };
    let opcode = first & 0x0F;
    match (second & !MASKED, rest) {
        (126, [a, b, ..]) => Some((opcode, 4, usize::from(u16::from_be_bytes([*a, *b])))),
        (127, [a, b, c, d, e, f, g, h, ..]) => Some((
            opcode,
            10,
            u64::from_be_bytes([*a, *b, *c, *d, *e, *f, *g, *h]) as usize,
        )),
        (126 | 127, _) => None,
        (length, _) => Some((opcode, 2, usize::from(length))),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn frames_are_found_regardless_of_how_their_bytes_are_split(
            payloads in prop::collection::vec(prop_oneof![0..200usize, 60_000..70_000usize], 1..4),
            cut in 1..9_000usize,
        ) {
            let payloads: Vec<_> = payloads.iter().map(|length| vec![b'x'; *length]).collect();
            let bytes = payloads.iter().map(|payload| server_text(&[payload])).collect::<Vec<_>>().concat();
            let (mut reader, mut found) = (FrameReader::default(), Vec::new());
            for chunk in bytes.chunks(cut) {
                reader.read(chunk, |opcode, payload| found.push((opcode, payload.to_vec())));
            }
            let expected: Vec<_> = payloads.into_iter().map(|payload| (TEXT, payload)).collect();
            prop_assert_eq!(found, expected);
        }
    }

    #[test]
    fn a_client_frame_is_masked() {
        assert_eq!(client_frame(PONG, b"ab"), [0x8A, 0x82, 0, 0, 0, 0, b'a', b'b']);
    }
}

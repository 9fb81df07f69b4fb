//! Server frames (RFC 6455, section 5.2). Servers do not mask their frames, so one frame can be sent on every socket.

use bytes::Bytes;
use http_edge::websocket::Close;

const FIN: u8 = 0x80;

const TEXT: u8 = 0x1;
const CLOSE: u8 = 0x8;
const PING: u8 = 0x9;
const PONG: u8 = 0xA;

/// Maximum length of an unmasked frame's header, in bytes.
const MAX_HEADER: usize = 10;

/// Initial capacity for the part of a payload that is specific to a socket, in bytes.
const OWN_BYTES: usize = 102;

pub(crate) fn text(payload: &[u8]) -> Bytes {
    frame(TEXT, payload)
}

/// Returns the start of a text frame: its header, and the part of the payload that is specific to a socket. The caller
/// sends `shared_bytes` more payload bytes after it. Space for the longest header is reserved in front of the payload,
/// so nothing has to be moved once the length is known.
pub(crate) fn text_beginning(shared_bytes: usize, write: impl FnOnce(&mut Vec<u8>)) -> Bytes {
    let mut buffer = Vec::with_capacity(MAX_HEADER + OWN_BYTES);
    buffer.resize(MAX_HEADER, 0);
    write(&mut buffer);
    let (header, length) = header(TEXT, buffer.len() - MAX_HEADER + shared_bytes);
    let start = MAX_HEADER - length;
    buffer[start..MAX_HEADER].copy_from_slice(&header[..length]);
    Bytes::from(buffer).slice(start..)
}

pub(crate) fn ping() -> Bytes {
    frame(PING, &[])
}

pub(crate) fn pong(payload: &[u8]) -> Bytes {
    frame(PONG, payload)
}

pub(crate) fn close(close: &Close) -> Bytes {
    frame(CLOSE, &close.payload())
}

fn frame(opcode: u8, payload: &[u8]) -> Bytes {
    let (header, length) = header(opcode, payload.len());
    [&header[..length], payload].concat().into()
}

fn header(opcode: u8, payload: usize) -> ([u8; MAX_HEADER], usize) {
    let mut header = [0; MAX_HEADER];
    header[0] = FIN | opcode;
    match payload {
        0..=125 => {
            header[1] = payload as u8;
            (header, 2)
        }
        126..=0xFFFF => {
            header[1] = 126;
            header[2..4].copy_from_slice(&(payload as u16).to_be_bytes());
            (header, 4)
        }
        _ => {
            header[1] = 127;
            header[2..10].copy_from_slice(&(payload as u64).to_be_bytes());
            (header, 10)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_frame_encodes_its_length_in_the_shortest_form() {
        for (payload, header) in [(0, 2), (125, 2), (126, 4), (65_535, 4), (65_536, 10)] {
            let payload = vec![b'x'; payload];
            let frame = text(&payload);
            assert_eq!(frame.len(), header + payload.len());
            let (own, shared) = payload.split_at(payload.len() / 3);
            let beginning = text_beginning(shared.len(), |buffer| buffer.extend_from_slice(own));
            assert_eq!([&beginning, shared].concat(), frame);
        }
    }
}

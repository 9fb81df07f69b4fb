//! Server frames (RFC 6455, section 5.2). Servers do not mask their frames, so one frame can be sent on every socket.

use bytes::Bytes;
use http_edge::websocket::Close;

const FIN: u8 = 0x80;

/// Kind of a frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Opcode {
    Text = 0x1,
    Binary = 0x2,
    Close = 0x8,
    Ping = 0x9,
    Pong = 0xA,
}

/// Maximum length of an unmasked frame's header, in bytes.
const MAX_HEADER: usize = 10;

/// Initial capacity for the part of a payload that is specific to a socket, in bytes.
const OWN_BYTES: usize = 102;

/// Returns a frame that is a whole message, or a control frame.
pub(crate) fn message(opcode: Opcode, payload: &[u8]) -> Bytes {
    let (header, length) = header(opcode, payload.len());
    [&header[..length], payload].concat().into()
}

/// Returns the start of a frame: its header, and the part of the payload that is specific to a socket. The caller
/// sends `shared_bytes` more payload bytes after it. Space for the longest header is reserved in front of the payload,
/// so nothing has to be moved once the length is known.
pub(crate) fn beginning(opcode: Opcode, shared_bytes: usize, write: impl FnOnce(&mut Vec<u8>)) -> Bytes {
    let mut buffer = Vec::with_capacity(MAX_HEADER + OWN_BYTES);
    buffer.resize(MAX_HEADER, 0);
    write(&mut buffer);
    let (header, length) = header(opcode, buffer.len() - MAX_HEADER + shared_bytes);
    let start = MAX_HEADER - length;
    buffer[start..MAX_HEADER].copy_from_slice(&header[..length]);
    Bytes::from(buffer).slice(start..)
}

pub(crate) fn ping() -> Bytes {
    message(Opcode::Ping, &[])
}

pub(crate) fn pong(payload: &[u8]) -> Bytes {
    message(Opcode::Pong, payload)
}

pub(crate) fn close(close: &Close) -> Bytes {
    message(Opcode::Close, &close.payload())
}

fn header(opcode: Opcode, payload: usize) -> ([u8; MAX_HEADER], usize) {
    let mut header = [0; MAX_HEADER];
    header[0] = FIN | opcode as u8;
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
            let frame = message(Opcode::Text, &payload);
            assert_eq!(frame.len(), header + payload.len());
            let (own, shared) = payload.split_at(payload.len() / 3);
            let start = beginning(Opcode::Text, shared.len(), |buffer| buffer.extend_from_slice(own));
            assert_eq!([&start, shared].concat(), frame);
        }
    }
}

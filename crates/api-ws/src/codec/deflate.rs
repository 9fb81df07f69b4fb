//! Compression with raw DEFLATE (RFC 1951).
//!
//! A compressed payload is one stream. The stream of a batch consists of two parts: the start with the numbers of one
//! socket, which is a stored block, and the events, which are compressed once for all sockets. This works because a
//! stored block ends at a byte boundary, and because the compressed part does not refer to the bytes before it.

use std::io::Write as _;

use flate2::{Compression, write::DeflateEncoder};

/// Compression level, from 0 (fastest) to 9 (smallest).
const LEVEL: u32 = 5;

/// Appends a stored block that is not the last one of its stream. `write` appends its content, of at most 65,535 bytes.
pub(super) fn store(buffer: &mut Vec<u8>, write: impl FnOnce(&mut Vec<u8>)) {
    // BFINAL = 0 and BTYPE = 00, padded to a byte, then the length and its complement.
    let header = buffer.len();
    buffer.extend_from_slice(&[0; 5]);
    write(buffer);
    let length = u16::try_from(buffer.len() - header - 5).expect("a short block");
    buffer[header + 1..header + 3].copy_from_slice(&length.to_le_bytes());
    buffer[header + 3..header + 5].copy_from_slice(&(!length).to_le_bytes());
}

/// Returns a complete stream.
pub(super) fn compress(payload: &[u8]) -> Vec<u8> {
    let mut encoder = DeflateEncoder::new(Vec::with_capacity(payload.len() / 4), Compression::new(LEVEL));
    encoder
        .write_all(payload)
        .and_then(|()| encoder.finish())
        .expect("writing to a vector cannot fail")
}

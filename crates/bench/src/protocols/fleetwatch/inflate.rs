//! Raw DEFLATE (RFC 1951). A compressed batch starts with a stored block, which contains the numbers of one socket. The
//! rest of the stream is the same on all sockets.

use anyhow::{Context as _, bail, ensure};
use flate2::{Decompress, FlushDecompress, Status};

/// Length of a stored block's header: the type, padded to a byte, the length, and its complement.
const HEADER: usize = 5;

/// Splits a stream into the content of its first block and the other blocks; `None` if the first block is not stored,
/// or is the last one.
#[must_use]
pub(super) fn split_stored(stream: &[u8]) -> Option<(&[u8], &[u8])> {
    let (&[kind, a, b, c, d], rest) = stream.split_first_chunk::<HEADER>()?;
    let (length, complement) = (u16::from_le_bytes([a, b]), u16::from_le_bytes([c, d]));
    // The three lowest bits are the type, and whether the block is the last one.
    if kind & 0b111 != 0 || length != !complement {
        return None;
    }
    rest.split_at_checked(usize::from(length))
}

/// Decompresses a stream.
///
/// # Errors
/// Fails if the stream is malformed or incomplete, or is followed by other bytes.
pub(super) fn inflate(stream: &[u8]) -> anyhow::Result<Vec<u8>> {
    let mut decoder = Decompress::new(false);
    let mut plain = Vec::with_capacity(stream.len() * 8 + 64);
    loop {
        let before = (decoder.total_in(), decoder.total_out());
        let rest = &stream[before.0 as usize..];
        let status = decoder.decompress_vec(rest, &mut plain, FlushDecompress::None);
        match status.context("a frame is not a DEFLATE stream")? {
            Status::StreamEnd => break,
            _ if plain.len() == plain.capacity() => plain.reserve(plain.len()),
            _ if before == (decoder.total_in(), decoder.total_out()) => {
                bail!("a DEFLATE stream is incomplete")
            }
            _ => {}
        }
    }
    ensure!(
        decoder.total_in() == stream.len() as u64,
        "a DEFLATE stream is followed by other bytes"
    );
    Ok(plain)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{super::samples::deflate, *};

    #[test]
    fn a_stored_block_is_the_start_of_a_stream() {
        let stream = [&[0, 2, 0, 0xFD, 0xFF][..], b"ab", &deflate(b"cd")].concat();
        let (start, rest) = split_stored(&stream).unwrap();
        assert_eq!(start, b"ab");
        assert_eq!(inflate(rest).unwrap(), b"cd");
        assert_eq!(inflate(&stream).unwrap(), b"abcd");
    }

    #[test]
    fn a_stream_that_is_cut_off_or_continued_is_an_error() {
        let stream = [&[0, 2, 0, 0xFD, 0xFF][..], b"ab", &deflate(b"cd")].concat();
        for length in 0..stream.len() {
            assert!(inflate(&stream[..length]).is_err(), "{length} bytes");
        }
        assert!(inflate(&[&stream[..], b"x"].concat()).is_err());
    }

    #[test]
    fn other_blocks_are_not_stored_ones() {
        assert_eq!(split_stored(&deflate(b"ab")), None);
        let last = [1, 2, 0, 0xFD, 0xFF, b'a', b'b'];
        assert_eq!(split_stored(&last), None);
        let with_another_complement = [0, 2, 0, 0xFC, 0xFF, b'a', b'b'];
        assert_eq!(split_stored(&with_another_complement), None);
    }

    proptest! {
        #[test]
        fn streams_of_any_size_are_decompressed(
            piece in prop::collection::vec(any::<u8>(), 1..500),
            times in 1..100usize,
        ) {
            let plain = piece.repeat(times);
            prop_assert_eq!(inflate(&deflate(&plain)).unwrap(), plain);
        }

        #[test]
        fn arbitrary_bytes_are_read_without_a_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
            let _ = split_stored(&bytes);
            let _ = inflate(&bytes);
        }
    }
}

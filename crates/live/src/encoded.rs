//! Encoded bytes that are created once and shared.

use std::{fmt, sync::OnceLock};

use bytes::Bytes;

/// Slots for `N` encodings of the same data, each of which is created at most once. The live core is independent of
/// wire formats; the API that encodes the data assigns a slot to each of its formats.
pub struct EncodedOnce<const N: usize>([OnceLock<Bytes>; N]);

impl<const N: usize> EncodedOnce<N> {
    /// Returns the bytes of a slot. The first call creates them with `encode`.
    ///
    /// # Panics
    /// Panics if there is no such slot.
    pub fn get_or_encode(&self, slot: usize, encode: impl FnOnce() -> Bytes) -> &Bytes {
        self.0[slot].get_or_init(encode)
    }
}

impl<const N: usize> Default for EncodedOnce<N> {
    fn default() -> Self {
        Self([const { OnceLock::new() }; N])
    }
}

impl<const N: usize> fmt::Debug for EncodedOnce<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let made = self.0.iter().filter(|bytes| bytes.get().is_some()).count();
        write!(f, "EncodedOnce({made} made)")
    }
}

/// Encodings of a part of a frame: one for each format.
pub type EncodedPart = EncodedOnce<2>;

/// Encodings of a whole frame: one for each format, uncompressed and compressed.
pub type EncodedFrame = EncodedOnce<4>;

//! Encoded bytes that are created once and shared.

use std::{fmt, sync::OnceLock};

use bytes::Bytes;

/// Number of a wire format. The live core is independent of wire formats; the API assigns a number to each of its
/// formats.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Encoding(usize);

impl Encoding {
    /// Maximum number of encodings.
    pub const COUNT: usize = 4;

    /// Returns the encoding with this number.
    ///
    /// # Panics
    /// Panics if `number` is [`Encoding::COUNT`] or more. In a constant, this is a compile-time error.
    #[must_use]
    pub const fn new(number: usize) -> Self {
        assert!(number < Self::COUNT, "the number of an encoding is out of range");
        Self(number)
    }
}

/// One slot per encoding, for bytes that are created on first use.
#[derive(Default)]
pub struct EncodedOnce([OnceLock<Bytes>; Encoding::COUNT]);

impl EncodedOnce {
    /// Returns the bytes of an encoding. The first call creates them with `encode`.
    pub fn get_or_encode(&self, encoding: Encoding, encode: impl FnOnce() -> Bytes) -> &Bytes {
        self.0[encoding.0].get_or_init(encode)
    }
}

impl fmt::Debug for EncodedOnce {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let made = self.0.iter().filter(|bytes| bytes.get().is_some()).count();
        write!(f, "EncodedOnce({made} made)")
    }
}

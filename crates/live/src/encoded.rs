//! Bytes that are made once, by the first who needs them, and shared by all others.

use std::{fmt, sync::OnceLock};

use bytes::Bytes;

/// Names a way of writing something as bytes. The live core knows nothing of wire formats; the API that does
/// gives each of them a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Encoding(usize);

impl Encoding {
    /// How many encodings there can be.
    pub const COUNT: usize = 4;

    /// The encoding with this number.
    ///
    /// # Panics
    /// When the number is [`Encoding::COUNT`] or more; in a constant, at compile time.
    #[must_use]
    pub const fn new(number: usize) -> Self {
        assert!(number < Self::COUNT, "there are not that many encodings");
        Self(number)
    }
}

/// One place per encoding for bytes that never change once they are there.
#[derive(Default)]
pub struct EncodedOnce([OnceLock<Bytes>; Encoding::COUNT]);

impl EncodedOnce {
    /// The bytes; made by `encode` when nobody has made them yet.
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

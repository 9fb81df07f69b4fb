use argon2::Params;

/// The bytes of a hash.
pub(super) const OUTPUT_BYTES: usize = 32;

/// What one hash costs whoever computes it, who guesses included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cost {
    /// Memory in KiB.
    pub memory_kib: u32,
    /// How many times all of it is gone through.
    pub passes: u32,
    /// How many parts of it could be gone through at the same time.
    pub lanes: u32,
}

impl Cost {
    /// What OWASP's Password Storage Cheat Sheet asks for at least (argon2id, 19 MiB, two passes, one lane).
    pub const OWASP: Self = Self {
        memory_kib: 19_456,
        passes: 2,
        lanes: 1,
    };

    pub(super) fn params(self) -> Result<Params, InvalidCost> {
        Params::new(self.memory_kib, self.passes, self.lanes, Some(OUTPUT_BYTES)).map_err(InvalidCost)
    }
}

impl Default for Cost {
    fn default() -> Self {
        Self::OWASP
    }
}

/// A [`Cost`] that argon2 does not know.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("passwords cannot be hashed at this cost: {0}")]
pub struct InvalidCost(argon2::Error);

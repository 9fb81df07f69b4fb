use argon2::Params;

/// Length of a hash in bytes.
pub(super) const OUTPUT_BYTES: usize = 32;

/// Cost of computing one hash, for the server as well as for an attacker.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cost {
    /// Memory in KiB, at least 8 per lane.
    pub memory_kib: u32,
    /// Number of passes over the memory, at least 1.
    pub passes: u32,
    /// Number of parts of the memory that can be computed in parallel, at least 1.
    pub lanes: u32,
}

impl Cost {
    /// Minimum that OWASP's Password Storage Cheat Sheet recommends: argon2id, 19 MiB, two passes, one lane.
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

/// Error for a [`Cost`] outside argon2's limits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("invalid cost of password hashing: {0}")]
pub struct InvalidCost(argon2::Error);

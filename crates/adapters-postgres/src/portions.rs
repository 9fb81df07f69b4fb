//! The size of statements about very many rows.

/// Maximum number of rows per statement in exchanges about any number of rows.
pub(crate) const PORTION: usize = 1_000;

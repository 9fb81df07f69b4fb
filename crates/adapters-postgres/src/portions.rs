//! The size of statements about very many rows.

/// Maximum number of rows of a statement where there may be any number of them.
pub(crate) const PORTION: usize = 1_000;

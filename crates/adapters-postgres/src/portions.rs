//! The size of statements about very many rows.

/// Maximum number of rows per statement when there may be any number of rows.
pub(crate) const PORTION: usize = 1_000;

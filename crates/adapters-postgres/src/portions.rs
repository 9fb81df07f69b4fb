//! The maximum size of statements in exchanges that involve very many rows.

/// Maximum number of rows per statement in exchanges that may involve any number of rows.
pub(crate) const PORTION: usize = 1_000;

//! Statements about very many rows.

/// How many rows a statement is about at most when there may be any number of them.
pub(crate) const PORTION: usize = 1_000;

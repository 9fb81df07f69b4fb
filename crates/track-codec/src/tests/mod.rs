//! Tests of blocks, and the samples that all tests use.

mod blocks;
mod hostile;
mod merging;
pub(crate) mod samples;

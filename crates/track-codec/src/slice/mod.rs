//! Slices: the rows of many vehicles that arrived within a short time, for a log.
//!
//! A slice is cheap to write rather than small: it is read again soon, when its rows become blocks. Each number is
//! written as the difference from the row before.
//!
//! ```text
//! magic, version, number of bytes that follow, their checksum
//! number of vehicles; for each, in the order of their ids: id, number of rows, number of bytes
//! for each vehicle: names, rows
//! ```

mod reader;
mod writer;

pub use reader::{Slice, SliceVehicle};
pub use writer::SliceWriter;

/// First bytes of every slice.
const MAGIC: [u8; 4] = *b"FWTS";

/// Version of the format that [`SliceWriter`] writes.
const VERSION: u8 = 1;

/// Bytes before the content: magic, version, number of bytes, checksum.
const PREFIX: usize = MAGIC.len() + 1 + 4 + 4;

#[cfg(test)]
mod tests;

//! Blocks of samples of one vehicle as bytes, and lines that approximate them.
//!
//! * [`Rows`]: samples as whole numbers, with the names that they refer to. [`Rows::push`] quantises samples of the
//!   domain: to 1 mm, 0.01° and 0.01 %.
//! * [`encode`], [`Block`]: rows compressed in columns and pages, for long storage. [`Head`] reads which pages a time
//!   range needs, and [`Decoder`] decodes only these.
//! * [`SliceWriter`], [`Slice`]: rows of many vehicles as they arrive, for a log.
//! * [`ranges`]: divides rows into blocks. [`Rows::merge`] joins overlapping blocks.
//! * [`Simplifier`], [`Thinner`]: choose rows so that no other row is farther from the line through them than a bound.
//!
//! This crate does no I/O. Arbitrary bytes are decoded to rows or a [`Fault`], without a panic, and take no more memory
//! than the number of rows that they announce and [`MAX_ROWS`] allows.

#![warn(missing_docs)]

mod block;
mod bytes;
mod checksum;
mod column;
mod fault;
mod heading;
mod names;
mod quantise;
mod row;
mod rows;
mod simplify;
mod slice;

pub use block::{Block, Bounds, Decoder, Head, MAX_ROWS, PAGE_ROWS, Tier, encode, ranges};
pub use column::{Column, Columns};
pub use fault::{Fault, Unencodable};
pub use names::{Names, Place};
pub use quantise::OutOfRange;
pub use row::{Kind, Row};
pub use rows::Rows;
pub use simplify::{Simplifier, Thinned, Thinner, Tolerance, TooFewPoints, distance_to_line};
pub use slice::{Slice, SliceVehicle, SliceWriter};

#[cfg(test)]
mod tests;

//! Strict parsing of untrusted JSON.
//!
//! * [`parse`] and [`first_fault`]: check whole texts, and reject duplicate keys.
//! * [`Fields`]: reads the fields of an object one by one, and collects all faults.
//! * [`fields`]: readers for individual values.

pub mod fields;
mod place;
mod reader;
mod target;

pub use fields::{Fields, Read};
pub use reader::{BEYOND_DOUBLE, Fault, InvalidJson, first_fault, parse};

#[cfg(test)]
mod tests;

//! Strict parsing of untrusted JSON.
//!
//! * [`parse`] and [`first_fault`]: check whole texts; duplicate keys are rejected.
//! * [`Fields`]: reads an object's fields one by one and collects all faults; [`fields`] has readers for values.

pub mod fields;
mod place;
mod reader;
mod target;

pub use fields::{Fields, Read};
pub use reader::{BEYOND_DOUBLE, Fault, InvalidJson, first_fault, parse};

#[cfg(test)]
mod tests;

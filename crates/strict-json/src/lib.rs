//! JSON from outside, read strictly.
//!
//! * [`parse`] and [`first_fault`]: texts, in which no key stands twice.
//! * [`Fields`]: the fields of an object, read one by one with all faults at once; [`fields`] has readers of values.

pub mod fields;
mod place;
mod reader;
mod target;

pub use fields::{Fields, Read};
pub use reader::{BEYOND_DOUBLE, Fault, InvalidJson, first_fault, parse};

#[cfg(test)]
mod tests;

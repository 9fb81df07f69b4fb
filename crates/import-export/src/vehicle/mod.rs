//! The JSON object of a vehicle.

pub mod details;
mod fields;
mod reading;

pub(crate) use fields::{Cells, Object, paths};
pub use reading::{draft, registration};

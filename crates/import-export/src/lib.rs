//! Vehicles as files: CSV (RFC 4180) and JSON lines (<https://jsonlines.org/>).
//!
//! Both formats have the same fields: those of the JSON object that a vehicle is in JSON lines. The columns of a CSV are
//! named by their paths in it, such as `specification.maxSpeed`; an empty cell is a field that is not there, and an empty
//! row nothing at all. An export can be imported: `id` and `isEnabled` are taken over, and everything else that the registry
//! gives by itself is passed over.
//!
//! * [`Format`]: reads and writes whole files.
//! * [`vehicle`]: the JSON object of a vehicle; APIs whose objects have the same fields use its parts.

mod cell;
mod columns;
mod csv_reader;
mod csv_writer;
mod excel;
mod faults;
mod format;
mod json_lines;
pub mod vehicle;

pub use faults::MAX_VEHICLES;
pub use format::{Format, UnknownFormat};

#[cfg(test)]
mod fuzz;
#[cfg(test)]
mod tests;

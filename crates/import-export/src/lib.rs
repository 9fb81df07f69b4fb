//! Vehicles as files: CSV (RFC 4180) and JSON lines (<https://jsonlines.org/>).
//!
//! Both formats have the fields of the JSON object that represents a vehicle in JSON lines. CSV columns are named by
//! their paths in it, such as `specification.maxSpeed`; an empty cell is a missing field, and empty rows are skipped.
//! Exports can be imported: `id` and `isEnabled` are kept, and all other fields that the registry assigns are ignored.
//!
//! * [`Format`]: reads and writes whole files.
//! * [`vehicle`]: the JSON object of a vehicle; APIs with the same fields use its parts.

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

//! Vehicles as files: CSV (RFC 4180) and JSON lines (<https://jsonlines.org/>).
//!
//! Both formats have the same fields. In JSON lines, every line is the JSON object of a vehicle. In CSV, a column is
//! named after the path of its field in this object, such as `specification.maxSpeed`; an empty cell is a missing
//! field, and empty rows are skipped. Exports can be imported: `id` and `isEnabled` are kept, and the other fields that
//! the registry sets are ignored.
//!
//! * [`Format`]: reads and writes files.
//! * [`vehicle`]: the JSON object of a vehicle, whose parts are shared with the APIs.

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

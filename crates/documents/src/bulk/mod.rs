//! Many vehicles in one file: JSON lines (<https://jsonlines.org/>) and CSV (RFC 4180).
//!
//! Both have the same fields. A CSV's columns are named by their paths in the JSON, such as `specification.maxSpeed`;
//! an empty cell is a field that is not there. An export can be imported: `id` and `isEnabled` are taken over, and
//! what else the registry gives by itself is passed over.

mod columns;
mod csv_reader;
mod csv_writer;
mod json_lines;

use std::{fmt, str::FromStr};

use application::vehicles::ImportedVehicle;
use domain::{Violations, vehicle::Vehicle};

/// The most vehicles of one file.
pub const MAX_VEHICLES: usize = 100_000;

/// How a file is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Comma-separated values with a header row.
    Csv,
    /// A JSON object per line.
    JsonLines,
}

/// A name that is no format's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be csv or jsonl")]
pub struct UnknownFormat;

impl Format {
    /// Its media type.
    #[must_use]
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Csv => "text/csv; charset=utf-8; header=present",
            Self::JsonLines => "application/x-ndjson",
        }
    }

    /// How files of it end.
    #[must_use]
    pub const fn extension(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::JsonLines => "jsonl",
        }
    }

    /// Reads a whole file. Each vehicle comes with its line and all that is wrong with it; what is wrong with the file
    /// itself comes as a vehicle of the line that it is at.
    #[must_use]
    pub fn read(self, file: &[u8]) -> Vec<ImportedVehicle> {
        let file = file.strip_prefix(b"\xef\xbb\xbf").unwrap_or(file);
        match self {
            Self::Csv => csv_reader::read(file),
            Self::JsonLines => json_lines::read(file),
        }
    }

    /// What a file begins with.
    #[must_use]
    pub fn header(self) -> Vec<u8> {
        match self {
            Self::Csv => csv_writer::header(),
            Self::JsonLines => Vec::new(),
        }
    }

    /// Some vehicles, to be written behind what was written before.
    #[must_use]
    pub fn portion(self, vehicles: &[Vehicle]) -> Vec<u8> {
        match self {
            Self::Csv => csv_writer::portion(vehicles),
            Self::JsonLines => json_lines::portion(vehicles),
        }
    }
}

impl FromStr for Format {
    type Err = UnknownFormat;

    fn from_str(text: &str) -> Result<Self, UnknownFormat> {
        match text {
            "csv" => Ok(Self::Csv),
            "jsonl" => Ok(Self::JsonLines),
            _ => Err(UnknownFormat),
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.extension())
    }
}

/// A fault of the file itself.
fn fault(line: u64, field: &str, message: impl fmt::Display) -> ImportedVehicle {
    ImportedVehicle {
        line,
        registration: Err(Violations::of(field, message.to_string())),
    }
}

/// What is said of a file with too many vehicles, at the first one that is too much.
fn too_many(line: u64) -> ImportedVehicle {
    fault(line, "file", format!("must have at most {MAX_VEHICLES} vehicles"))
}

#[cfg(test)]
mod fuzz;
#[cfg(test)]
mod tests;

//! The formats of files.

use std::{fmt, str::FromStr};

use application::vehicles::{ImportedFile, ImportedVehicle};
use domain::vehicle::Vehicle;

use crate::{csv_reader, csv_writer, excel, faults::fault, json_lines};

/// How UTF-8 is marked as such. Only spreadsheets do that.
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// How a file is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Comma-separated values with a header row.
    Csv,
    /// The same for spreadsheets: it begins with a byte order mark, by which Excel knows UTF-8, and no text in it is
    /// taken for a formula.
    ExcelCsv,
    /// A JSON object per line.
    JsonLines,
}

/// A name that is no format's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be csv or jsonl")]
pub struct UnknownFormat;

impl Format {
    /// Those that have a name of their own, which is how their files end.
    pub const NAMED: [Self; 2] = [Self::Csv, Self::JsonLines];

    /// Returns its media type.
    #[must_use]
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Csv | Self::ExcelCsv => "text/csv; charset=utf-8; header=present",
            Self::JsonLines => "application/x-ndjson",
        }
    }

    /// Returns the extension of its files.
    #[must_use]
    pub const fn extension(self) -> &'static str {
        match self {
            Self::Csv | Self::ExcelCsv => "csv",
            Self::JsonLines => "jsonl",
        }
    }

    /// Reads a whole file.
    #[must_use]
    pub fn read(self, file: &[u8]) -> ImportedFile {
        let mut read = ImportedFile::default();
        self.read_each(file, |vehicle| read.extend([vehicle]));
        read
    }

    /// Reads a whole file, vehicle by vehicle. Each comes with its line and all that is wrong with it; what is wrong with
    /// the file itself comes as a vehicle of the line that it is at.
    pub(crate) fn read_each(self, file: &[u8], vehicle: impl FnMut(ImportedVehicle)) {
        if is_utf16(file) {
            let mut vehicle = vehicle;
            return vehicle(fault(1, "file", "must be UTF-8, not UTF-16"));
        }
        let unmarked = file.strip_prefix(BYTE_ORDER_MARK);
        let (text, is_marked) = (unmarked.unwrap_or(file), unmarked.is_some());
        match self {
            Self::Csv | Self::ExcelCsv => csv_reader::read(text, is_marked, vehicle),
            Self::JsonLines => json_lines::read(text, vehicle),
        }
    }

    /// Returns the beginning of a file.
    #[must_use]
    pub fn header(self) -> Vec<u8> {
        match self {
            Self::Csv => csv_writer::header(),
            Self::ExcelCsv => [BYTE_ORDER_MARK, &csv_writer::header()].concat(),
            Self::JsonLines => Vec::new(),
        }
    }

    /// Writes some vehicles, which follow those of the portion before.
    #[must_use]
    pub fn portion(self, vehicles: &[Vehicle]) -> Vec<u8> {
        match self {
            Self::Csv => csv_writer::portion(vehicles, |text| text),
            Self::ExcelCsv => csv_writer::portion(vehicles, excel::neutral),
            Self::JsonLines => json_lines::portion(vehicles),
        }
    }
}

impl FromStr for Format {
    type Err = UnknownFormat;

    fn from_str(text: &str) -> Result<Self, UnknownFormat> {
        let mut named = Self::NAMED.into_iter();
        named
            .find(|format| format.extension() == text)
            .ok_or(UnknownFormat)
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.extension())
    }
}

/// Whether a file is UTF-16, as spreadsheets write what they call Unicode text: by its byte order mark, or by its first
/// character, which is an ASCII one in every file that could be read.
const fn is_utf16(file: &[u8]) -> bool {
    matches!(
        file,
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] | [0, _, ..] | [_, 0, ..]
    )
}

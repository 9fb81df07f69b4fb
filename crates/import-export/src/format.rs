use std::{fmt, str::FromStr};

use application::vehicles::{ImportedFile, ImportedVehicle};
use domain::vehicle::Vehicle;

use crate::{csv_reader, csv_writer, excel, faults::fault, json_lines};

/// Byte order mark of UTF-8. CSV files that start with it are assumed to be from a spreadsheet.
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// File format for vehicles.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Comma-separated values with a header row.
    Csv,
    /// CSV for spreadsheets: a byte order mark makes Excel recognise UTF-8, and texts that look like formulas are
    /// neutralised.
    ExcelCsv,
    /// One JSON object per line.
    JsonLines,
}

/// Error returned for a name that is not the name of a format.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be csv or jsonl")]
pub struct UnknownFormat;

impl Format {
    /// Formats that can be selected by name. The name is also the extension of their files.
    pub const NAMED: [Self; 2] = [Self::Csv, Self::JsonLines];

    #[must_use]
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Csv | Self::ExcelCsv => "text/csv; charset=utf-8; header=present",
            Self::JsonLines => "application/x-ndjson",
        }
    }

    /// Returns the extension of the format's files, without a dot.
    #[must_use]
    pub const fn extension(self) -> &'static str {
        match self {
            Self::Csv | Self::ExcelCsv => "csv",
            Self::JsonLines => "jsonl",
        }
    }

    #[must_use]
    pub fn read(self, file: &[u8]) -> ImportedFile {
        let mut read = ImportedFile::default();
        self.read_each(file, |vehicle| read.extend([vehicle]));
        read
    }

    /// Reads a file, and passes each vehicle to `vehicle` with its line and all its faults. A fault of the file itself
    /// is passed in place of a vehicle.
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

    /// Returns the bytes before the first vehicle.
    #[must_use]
    pub fn header(self) -> Vec<u8> {
        match self {
            Self::Csv => csv_writer::header(),
            Self::ExcelCsv => [BYTE_ORDER_MARK, &csv_writer::header()].concat(),
            Self::JsonLines => Vec::new(),
        }
    }

    /// Returns vehicles in this format, to be appended to a file.
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

/// Returns `true` if a file is UTF-16, which spreadsheets call Unicode text. Such a file starts with a byte order mark,
/// or with an ASCII character, one of whose two bytes is zero.
const fn is_utf16(file: &[u8]) -> bool {
    matches!(
        file,
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] | [0, _, ..] | [_, 0, ..]
    )
}

//! Reading of CSV files.

use std::borrow::Cow;

use application::vehicles::ImportedVehicle;
use csv::{ByteRecord, Position, ReaderBuilder};
use domain::Violations;
use serde_json::{Map, Value};

use crate::{
    cell::Kind,
    columns::{COLUMNS, Column},
    excel,
    faults::{MAX_VEHICLES, fault, too_many},
    vehicle::registration,
};

/// Supported separators. Spreadsheets use semicolons in locales with a decimal comma, and tabs for copied cells.
const SEPARATORS: [u8; 3] = [b',', b';', b'\t'];

/// Maximum number of faults that are reported for a header row.
const MAX_HEADER_FAULTS: usize = 100;

/// Reads a file, and passes its vehicles and faults to `vehicle` one by one. If `is_for_excel` is set, texts may have
/// been changed by [`excel::neutral`] and are restored.
pub(crate) fn read(file: &[u8], is_for_excel: bool, mut vehicle: impl FnMut(ImportedVehicle)) {
    let mut rows = Rows::of(file, separator_of(file));
    let columns = match rows.next() {
        Some((line, Ok(row))) => match columns(row) {
            Ok(columns) => columns,
            Err(faults) => {
                return vehicle(ImportedVehicle {
                    line,
                    registration: Err(faults),
                });
            }
        },
        Some((line, Err(error))) => return vehicle(fault(line, "file", error)),
        None => return vehicle(fault(1, "file", "must begin with a row of column names")),
    };
    let mut vehicles = 0;
    while let Some((line, row)) = rows.next() {
        match row {
            Ok(_) if vehicles >= MAX_VEHICLES => return vehicle(too_many(line)),
            Ok(row) => vehicle(ImportedVehicle {
                line,
                registration: document(&columns, row, is_for_excel).and_then(registration),
            }),
            Err(error) => return vehicle(fault(line, "file", error)),
        }
        vehicles += 1;
    }
}

/// Returns the separator with which the first row has the most known column names; a comma if it has none.
fn separator_of(file: &[u8]) -> u8 {
    let known = |separator: u8| {
        let mut rows = Rows::of(file, separator);
        match rows.next() {
            Some((_, Ok(row))) => row.iter().filter(|name| column_named(name).is_some()).count(),
            _ => 0,
        }
    };
    // On a tie, the first separator wins.
    let mut best = (SEPARATORS[0], 0);
    for separator in SEPARATORS {
        let names = known(separator);
        if names > best.1 {
            best = (separator, names);
        }
    }
    best.0
}

fn column_named(name: &[u8]) -> Option<&'static Column> {
    let name = name.trim_ascii();
    COLUMNS.iter().find(|column| column.path.as_bytes() == name)
}

/// Non-empty rows of a file, with their line numbers.
struct Rows<'a> {
    reader: csv::Reader<&'a [u8]>,
    row: ByteRecord,
    lines: Lines<'a>,
}

impl<'a> Rows<'a> {
    fn of(file: &'a [u8], separator: u8) -> Self {
        Self {
            reader: ReaderBuilder::new()
                .has_headers(false)
                .flexible(true)
                .delimiter(separator)
                .from_reader(file),
            row: ByteRecord::new(),
            lines: Lines::of(file),
        }
    }

    /// Reads the next row that has content. Spreadsheets often append rows that consist of separators only.
    fn next(&mut self) -> Option<(u64, csv::Result<&ByteRecord>)> {
        loop {
            let more = self.reader.read_byte_record(&mut self.row);
            let line = self.lines.at(self.row.position().map_or(0, Position::byte));
            match more {
                Ok(false) => return None,
                Ok(true) if self.row.iter().all(|cell| cell.trim_ascii().is_empty()) => {}
                Ok(true) => return Some((line, Ok(&self.row))),
                Err(error) => return Some((line, Err(error))),
            }
        }
    }
}

/// Counter of lines. The count of the csv crate is too low by one after CR LF, which it reads as the end of a row
/// followed by an empty line.
struct Lines<'a> {
    file: &'a [u8],
    counted: usize,
    line: u64,
}

impl<'a> Lines<'a> {
    const fn of(file: &'a [u8]) -> Self {
        Self {
            file,
            counted: 0,
            line: 1,
        }
    }

    /// Returns the line of the first row at or after a byte position, which must not decrease between calls.
    fn at(&mut self, byte: u64) -> u64 {
        let place = usize::try_from(byte).unwrap_or(usize::MAX);
        while let Some(byte) = self.file.get(self.counted)
            && (self.counted < place || matches!(byte, b'\r' | b'\n'))
        {
            self.line += u64::from(*byte == b'\n');
            self.counted += 1;
        }
        self.line
    }
}

/// Returns the columns of a header row.
fn columns(header: &ByteRecord) -> Result<Vec<&'static Column>, Violations> {
    let mut faults = Violations::default();
    let mut columns: Vec<&'static Column> = Vec::new();
    for (index, name) in header.iter().enumerate() {
        if faults.iter().count() >= MAX_HEADER_FAULTS {
            break;
        }
        match column_named(name) {
            None => {
                let place = format!("column {}", index + 1);
                match std::str::from_utf8(name).map(str::trim) {
                    Ok("") => faults.add(place, "must have a name"),
                    Ok(name) => faults.add(name, "is not a known column"),
                    Err(_) => faults.add(place, "must be UTF-8"),
                }
            }
            Some(known) if columns.iter().any(|column| column.path == known.path) => {
                faults.add(known.path.as_str(), "must not be repeated");
            }
            Some(column) => columns.push(column),
        }
    }
    faults.into_result()?;
    Ok(columns)
}

/// Returns the JSON object of a row.
fn document(columns: &[&Column], row: &ByteRecord, is_for_excel: bool) -> Result<Value, Violations> {
    if row.len() != columns.len() {
        let message = format!("must have {} cells, not {}", columns.len(), row.len());
        return Err(Violations::of("row", message));
    }
    let mut faults = Violations::default();
    let mut document = Map::new();
    for (Column { path, kind }, cell) in columns.iter().zip(row) {
        let Some(cell) = faults.keep(path, std::str::from_utf8(cell).map_err(|_| "must be UTF-8")) else {
            continue;
        };
        let cell = if is_for_excel && *kind == Kind::Text {
            excel::original(cell)
        } else {
            Cow::Borrowed(cell)
        };
        if cell.is_empty() {
            continue;
        }
        if let Some(value) = faults.keep(path, kind.read(&cell)) {
            put(&mut document, path, value);
        }
    }
    // Report the faults of unreadable cells together with those of the other fields.
    if faults.is_empty() {
        return Ok(Value::Object(document));
    }
    if let Err(others) = registration(Value::Object(document)) {
        let unread: Vec<_> = faults.iter().map(|fault| fault.field.clone()).collect();
        for other in others.iter().filter(|other| !unread.contains(&other.field)) {
            faults.add(other.field.clone(), other.message.clone());
        }
    }
    Err(faults)
}

/// Inserts a value at a path of one or two names.
fn put(document: &mut Map<String, Value>, path: &str, value: Value) {
    match path.split_once('.') {
        None => {
            document.insert(path.to_owned(), value);
        }
        Some((parent, name)) => {
            let parent = document
                .entry(parent)
                .or_insert_with(|| Value::Object(Map::new()));
            if let Value::Object(fields) = parent {
                fields.insert(name.to_owned(), value);
            }
        }
    }
}

//! Reading CSV.

use application::vehicles::ImportedVehicle;
use csv::{ByteRecord, Position, ReaderBuilder};
use domain::Violations;
use serde_json::{Map, Value};

use super::{
    MAX_VEHICLES,
    columns::{COLUMNS, Kind},
    fault, too_many,
};
use crate::vehicle::registration;

/// A column of a file: its name, and what its cells hold.
type Column = (&'static str, Kind);

pub(super) fn read(file: &[u8]) -> Vec<ImportedVehicle> {
    let mut rows = ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .from_reader(file);
    let mut row = ByteRecord::new();
    let columns = match rows.read_byte_record(&mut row) {
        Ok(true) => match columns(&row) {
            Ok(columns) => columns,
            Err(faults) => {
                return vec![ImportedVehicle {
                    line: 1,
                    registration: Err(faults),
                }];
            }
        },
        Ok(false) => return vec![fault(1, "file", "must begin with a row of column names")],
        Err(error) => return vec![fault(1, "file", error)],
    };
    let (mut vehicles, mut lines) = (Vec::new(), Lines::of(file));
    loop {
        let more = rows.read_byte_record(&mut row);
        let line = lines.at(row.position().map_or(0, Position::byte));
        match more {
            Ok(false) => return vehicles,
            Ok(true) if vehicles.len() >= MAX_VEHICLES => {
                vehicles.push(too_many(line));
                return vehicles;
            }
            Ok(true) => vehicles.push(ImportedVehicle {
                line,
                registration: document(&columns, &row).and_then(registration),
            }),
            Err(error) => {
                vehicles.push(fault(line, "file", error));
                return vehicles;
            }
        }
    }
}

/// Counts lines. The crate's own count is one too low behind CR LF, which it reads as an end and an empty line.
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

    /// The line of the first row at or behind a place, which is never before the place asked for last.
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

/// The columns that a header row names.
fn columns(header: &ByteRecord) -> Result<Vec<Column>, Violations> {
    let mut faults = Violations::default();
    let mut columns: Vec<Column> = Vec::with_capacity(header.len());
    for name in header {
        let name = String::from_utf8_lossy(name);
        let name = name.trim();
        match COLUMNS.iter().find(|(known, _)| *known == name) {
            None => faults.add(name, "is not the name of a column"),
            Some((known, _)) if columns.iter().any(|(column, _)| column == known) => {
                faults.add(name, "must not stand twice");
            }
            Some(column) => columns.push(*column),
        }
    }
    faults.into_result()?;
    Ok(columns)
}

/// The JSON that a row stands for.
fn document(columns: &[Column], row: &ByteRecord) -> Result<Value, Violations> {
    if row.len() != columns.len() {
        let message = format!("must have {} cells, not {}", columns.len(), row.len());
        return Err(Violations::of("row", message));
    }
    let mut faults = Violations::default();
    let mut document = Map::new();
    for ((name, kind), cell) in columns.iter().zip(row) {
        let Some(cell) = faults.keep(name, std::str::from_utf8(cell).map_err(|_| "must be UTF-8")) else {
            continue;
        };
        if cell.is_empty() {
            continue;
        }
        if let Some(value) = faults.keep(name, kind.read(cell)) {
            put(&mut document, name, value);
        }
    }
    // What is wrong with a cell is told with what is wrong with the rest of its row.
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

/// Puts a value at a path of one or two names.
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

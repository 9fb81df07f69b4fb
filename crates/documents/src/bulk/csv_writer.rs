//! Writing CSV.

use domain::vehicle::Vehicle;
use serde_json::Value;

use super::columns::{COLUMNS, Kind};
use crate::vehicle::VehicleDocument;

pub(super) fn header() -> Vec<u8> {
    let mut rows = String::new();
    add_row(&mut rows, COLUMNS.iter().map(|(name, _)| (*name).to_owned()));
    rows.into_bytes()
}

/// Some rows; `text` writes the cells that hold text.
pub(super) fn portion(vehicles: &[Vehicle], text: impl Fn(String) -> String) -> Vec<u8> {
    let mut rows = String::new();
    for vehicle in vehicles {
        let document = serde_json::to_value(VehicleDocument::from(vehicle)).unwrap_or_default();
        let cell = |(path, kind): &(&str, Kind)| match at(&document, path) {
            None | Some(Value::Null) => String::new(),
            Some(value) if *kind == Kind::Text => text(kind.write(value)),
            Some(value) => kind.write(value),
        };
        add_row(&mut rows, COLUMNS.iter().map(cell));
    }
    rows.into_bytes()
}

/// Adds a row as RFC 4180 has it. Cells with a semicolon or a tab are quoted as well: programs that guess the separator, or
/// take several, must not split them.
fn add_row(rows: &mut String, cells: impl Iterator<Item = String>) {
    for (index, cell) in cells.enumerate() {
        if index > 0 {
            rows.push(',');
        }
        if cell.contains([',', ';', '\t', '"', '\r', '\n']) {
            rows.push('"');
            rows.push_str(&cell.replace('"', "\"\""));
            rows.push('"');
        } else {
            rows.push_str(&cell);
        }
    }
    rows.push_str("\r\n");
}

fn at<'a>(document: &'a Value, path: &str) -> Option<&'a Value> {
    path.split('.').try_fold(document, |value, name| value.get(name))
}

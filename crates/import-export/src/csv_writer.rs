use domain::vehicle::Vehicle;
use serde_json::Value;

use crate::{
    cell::Kind,
    columns::{COLUMNS, Column},
    vehicle::Cells,
};

pub(crate) fn header() -> Vec<u8> {
    let mut rows = String::new();
    add_row(&mut rows, COLUMNS.iter().map(|column| column.path.clone()));
    rows.into_bytes()
}

/// Returns the rows of vehicles. `text` converts the content of text cells.
pub(crate) fn portion(vehicles: &[Vehicle], text: impl Fn(String) -> String) -> Vec<u8> {
    let mut rows = String::new();
    for vehicle in vehicles {
        let cell = |(column, value): (&Column, Value)| match (column.kind, value) {
            (_, Value::Null) => String::new(),
            (Kind::Text, value) => text(Kind::Text.write(&value)),
            (kind, value) => kind.write(&value),
        };
        let cells = Cells::of(vehicle);
        add_row(&mut rows, COLUMNS.iter().zip(cells.values()).map(cell));
    }
    rows.into_bytes()
}

/// Appends a row according to RFC 4180. Cells that contain a semicolon or a tab are quoted too, because some programs
/// guess the separator or accept several.
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

//! Writing CSV.

use csv::{Terminator, Writer, WriterBuilder};
use domain::vehicle::Vehicle;
use serde_json::Value;

use super::columns::{COLUMNS, Kind};
use crate::vehicle::VehicleDocument;

const TO_MEMORY: &str = "memory takes every byte, and every row has a cell per column";

pub(super) fn header() -> Vec<u8> {
    let mut rows = rows();
    rows.write_record(COLUMNS.iter().map(|(name, _)| name))
        .expect(TO_MEMORY);
    rows.into_inner().expect(TO_MEMORY)
}

/// Some rows; `text` writes the cells that hold text.
pub(super) fn portion(vehicles: &[Vehicle], text: impl Fn(String) -> String) -> Vec<u8> {
    let mut rows = rows();
    for vehicle in vehicles {
        let document = serde_json::to_value(VehicleDocument::from(vehicle)).unwrap_or_default();
        let cell = |(path, kind): &(&str, Kind)| match at(&document, path) {
            None | Some(Value::Null) => String::new(),
            Some(value) if *kind == Kind::Text => text(kind.write(value)),
            Some(value) => kind.write(value),
        };
        rows.write_record(COLUMNS.iter().map(cell)).expect(TO_MEMORY);
    }
    rows.into_inner().expect(TO_MEMORY)
}

/// RFC 4180 ends lines by CR LF.
fn rows() -> Writer<Vec<u8>> {
    WriterBuilder::new()
        .terminator(Terminator::CRLF)
        .from_writer(Vec::new())
}

fn at<'a>(document: &'a Value, path: &str) -> Option<&'a Value> {
    path.split('.').try_fold(document, |value, name| value.get(name))
}

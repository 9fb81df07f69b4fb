//! Reading and writing JSON lines.

use application::vehicles::ImportedVehicle;
use domain::{Violations, vehicle::Vehicle};
use strict_json::InvalidJson;

use crate::{
    faults::{MAX_VEHICLES, fault, too_many},
    vehicle::{Object, registration},
};

/// Reads a file, and passes its vehicles and faults to `vehicle` one by one.
pub(crate) fn read(file: &[u8], mut vehicle: impl FnMut(ImportedVehicle)) {
    let mut vehicles = 0;
    for (line, text) in (1..).zip(file.split(|byte| *byte == b'\n')) {
        if text.trim_ascii().is_empty() {
            continue;
        }
        if vehicles >= MAX_VEHICLES {
            return vehicle(too_many(line));
        }
        vehicles += 1;
        if std::str::from_utf8(text).is_err() {
            vehicle(fault(line, "line", "must be UTF-8"));
            continue;
        }
        let document = strict_json::parse(text).map_err(|fault| match fault {
            InvalidJson::Syntax(_) => Violations::of("line", fault.to_string()),
            InvalidJson::Content(faults) => faults,
        });
        vehicle(ImportedVehicle {
            line,
            registration: document.and_then(registration),
        });
    }
}

pub(crate) fn portion(vehicles: &[Vehicle]) -> Vec<u8> {
    let mut lines = Vec::new();
    for vehicle in vehicles {
        let written = serde_json::to_writer(&mut lines, &Object(vehicle));
        written.expect("a vehicle serialises to JSON, and writing to memory cannot fail");
        lines.push(b'\n');
    }
    lines
}

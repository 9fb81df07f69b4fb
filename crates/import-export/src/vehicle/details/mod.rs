//! Details of the vehicle types. Each field is declared once, for CSV columns, JSON objects, changes and schemas.

mod agv;
mod amr;
mod field;
mod forklift;
mod oht;

use domain::vehicle::{DetailsChanges, VehicleDetails, VehicleType};
use serde_json::{Map, Value};
use strict_json::Fields;

pub use field::{DetailField, Holds};

/// Returns the fields of the details of a vehicle type, in the order in which they are written.
#[must_use]
pub fn fields_of(kind: VehicleType) -> &'static [DetailField] {
    match kind {
        VehicleType::Amr => amr::FIELDS,
        VehicleType::Agv => agv::FIELDS,
        VehicleType::Oht => oht::FIELDS,
        VehicleType::Forklift => forklift::FIELDS,
        _ => &[],
    }
}

/// Returns details as a JSON object, without absent fields.
#[must_use]
pub fn write(details: &VehicleDetails) -> Map<String, Value> {
    match details {
        VehicleDetails::Amr(details) => amr::write(details),
        VehicleDetails::Agv(details) => agv::write(details),
        VehicleDetails::Oht(details) => oht::write(details),
        VehicleDetails::Forklift(details) => forklift::write(details),
    }
}

/// Reads the details of a new vehicle. Returns `None` if any field is invalid, and adds the faults to `fields`.
pub fn read(kind: VehicleType, fields: &mut Fields) -> Option<VehicleDetails> {
    match kind {
        VehicleType::Amr => amr::read(fields).map(VehicleDetails::Amr),
        VehicleType::Agv => agv::read(fields).map(VehicleDetails::Agv),
        VehicleType::Oht => oht::read(fields).map(VehicleDetails::Oht),
        VehicleType::Forklift => forklift::read(fields).map(VehicleDetails::Forklift),
        _ => None,
    }
}

/// Reads changes to the details of a vehicle, and adds the faults to `fields`.
pub fn changes(kind: VehicleType, fields: &mut Fields) -> Option<DetailsChanges> {
    match kind {
        VehicleType::Amr => Some(DetailsChanges::Amr(amr::changes(fields))),
        VehicleType::Agv => Some(DetailsChanges::Agv(agv::changes(fields))),
        VehicleType::Oht => Some(DetailsChanges::Oht(oht::changes(fields))),
        VehicleType::Forklift => Some(DetailsChanges::Forklift(forklift::changes(fields))),
        _ => None,
    }
}

//! The fields of a vehicle's JSON object, each in one line: for lines of JSON, and for the columns of a CSV.

use domain::vehicle::{Vehicle, VehicleType};
use serde::{Serialize, Serializer, ser::SerializeMap};
use serde_json::{Map, Value};
use time::{OffsetDateTime, UtcOffset, format_description::well_known::Rfc3339};

use super::details::{self, DetailField};
use crate::cell::Kind;

/// A field: its path, what a cell of it holds, and its value.
type Field = (&'static str, Kind, fn(&Vehicle) -> Value);

const BEFORE_DETAILS: &[Field] = &[
    ("id", Kind::Text, |vehicle| vehicle.id.to_string().into()),
    ("type", Kind::Text, |vehicle| vehicle.kind().as_str().into()),
    ("name", Kind::Text, |vehicle| vehicle.name.as_str().into()),
    ("manufacturer", Kind::Text, |vehicle| {
        vehicle.manufacturer.as_str().into()
    }),
    ("model", Kind::Text, |vehicle| {
        vehicle.model.as_ref().map(|model| model.as_str()).into()
    }),
    ("status", Kind::Text, |vehicle| vehicle.status.as_str().into()),
    ("isEnabled", Kind::Flag, |vehicle| vehicle.is_enabled.into()),
    ("specification.maxSpeed", Kind::Number, |vehicle| {
        vehicle.specification.max_speed().into()
    }),
    ("specification.maxLoad", Kind::Number, |vehicle| {
        vehicle.specification.max_load().into()
    }),
    ("specification.batteryCapacity", Kind::Number, |vehicle| {
        vehicle.specification.battery_capacity().into()
    }),
    ("organizationId", Kind::Text, |vehicle| {
        vehicle.organization_id.to_string().into()
    }),
    ("groupIds", Kind::Json, |vehicle| {
        vehicle.group_ids.iter().map(ToString::to_string).collect()
    }),
];

const BEHIND_DETAILS: &[Field] = &[
    ("version", Kind::Number, |vehicle| vehicle.version.as_i64().into()),
    ("createdAt", Kind::Text, |vehicle| time(vehicle.created_at)),
    ("updatedAt", Kind::Text, |vehicle| time(vehicle.updated_at)),
];

/// A time as RFC 3339 has it; null for a year that four digits cannot write.
fn time(time: OffsetDateTime) -> Value {
    time.to_offset(UtcOffset::UTC).format(&Rfc3339).ok().into()
}

fn all_details() -> impl Iterator<Item = &'static DetailField> {
    VehicleType::ALL.iter().flat_map(|kind| details::fields_of(*kind))
}

/// The paths of all fields in their order, and what their cells hold.
pub(crate) fn paths() -> impl Iterator<Item = (String, Kind)> {
    let path = |(path, kind, _): &Field| ((*path).to_owned(), *kind);
    let details = all_details().map(|field| (format!("details.{}", field.name), Kind::of(field.holds)));
    BEFORE_DETAILS
        .iter()
        .map(path)
        .chain(details)
        .chain(BEHIND_DETAILS.iter().map(path))
}

/// A vehicle as the cells of a row.
pub(crate) struct Cells<'a> {
    vehicle: &'a Vehicle,
    details: Map<String, Value>,
}

impl<'a> Cells<'a> {
    pub(crate) fn of(vehicle: &'a Vehicle) -> Self {
        Self {
            vehicle,
            details: details::write(&vehicle.details),
        }
    }

    /// The values in the order of [`paths`]; null where a vehicle has none.
    pub(crate) fn values(&self) -> impl Iterator<Item = Value> {
        let value = |(_, _, value): &Field| value(self.vehicle);
        let details = all_details().map(|field| self.details.get(field.name).cloned().unwrap_or_default());
        BEFORE_DETAILS
            .iter()
            .map(value)
            .chain(details)
            .chain(BEHIND_DETAILS.iter().map(value))
    }
}

/// A vehicle as a JSON object.
pub(crate) struct Object<'a>(pub(crate) &'a Vehicle);

impl Serialize for Object<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let vehicle = self.0;
        let mut object = serializer.serialize_map(None)?;
        for fields in
            BEFORE_DETAILS.chunk_by(|one, next| parent(one).is_some() && parent(one) == parent(next))
        {
            match parent(&fields[0]) {
                Some(parent) => object.serialize_entry(parent, &Members { fields, vehicle })?,
                None => object.serialize_entry(fields[0].0, &fields[0].2(vehicle))?,
            }
        }
        object.serialize_entry("details", &details::write(&vehicle.details))?;
        for (name, _, value) in BEHIND_DETAILS {
            object.serialize_entry(name, &value(vehicle))?;
        }
        object.end()
    }
}

/// The object that a field belongs to, if it is not the vehicle's own.
fn parent((path, ..): &Field) -> Option<&'static str> {
    path.split_once('.').map(|(parent, _)| parent)
}

/// The fields of an object within the vehicle's.
struct Members<'a> {
    fields: &'a [Field],
    vehicle: &'a Vehicle,
}

impl Serialize for Members<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let member = |(path, _, value): &Field| {
            let name = path.split_once('.').map_or(*path, |(_, name)| name);
            (name, value(self.vehicle))
        };
        serializer.collect_map(self.fields.iter().map(member))
    }
}

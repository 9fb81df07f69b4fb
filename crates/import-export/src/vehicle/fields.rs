//! The fields of a vehicle's JSON object. Each is declared once, for JSON lines and CSV columns.

use domain::vehicle::{Vehicle, VehicleType};
use serde::{Serialize, Serializer, ser::SerializeMap};
use serde_json::{Map, Value};
use time::{OffsetDateTime, UtcOffset, format_description::well_known::Rfc3339};

use super::details::{self, DetailField};
use crate::cell::Kind;

/// Field: its path, the type of its cells, and the function that returns its value.
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

/// Formats a time according to RFC 3339. Times before the year 0 or after 9999 become null.
fn time(time: OffsetDateTime) -> Value {
    time.to_offset(UtcOffset::UTC).format(&Rfc3339).ok().into()
}

fn all_details() -> impl Iterator<Item = &'static DetailField> {
    VehicleType::ALL.iter().flat_map(|kind| details::fields_of(*kind))
}

/// Returns the paths of all fields in order, with the types of their cells.
pub(crate) fn paths() -> impl Iterator<Item = (String, Kind)> {
    let path = |(path, kind, _): &Field| ((*path).to_owned(), *kind);
    let details = all_details().map(|field| (format!("details.{}", field.name), Kind::of(field.holds)));
    BEFORE_DETAILS
        .iter()
        .map(path)
        .chain(details)
        .chain(BEHIND_DETAILS.iter().map(path))
}

/// Cells of a vehicle's row.
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

    /// Returns the values in the order of [`paths`]. Fields that the vehicle lacks are null.
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

/// JSON object of a vehicle.
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

/// Returns the name of the nested object that contains the field; `None` for a field of the vehicle itself.
fn parent((path, ..): &Field) -> Option<&'static str> {
    path.split_once('.').map(|(parent, _)| parent)
}

/// Nested object in the JSON object of a vehicle.
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

//! A vehicle on its way in: a new one, or changes of one that is there.

use application::{ports::Registration, vehicles::NewVehicle};
use domain::{
    OrganizationId, VehicleId, Violations,
    vehicle::{
        Manufacturer, ModelName, SpecificationChanges, VehicleChanges, VehicleDraft, VehicleName,
        VehicleSpecification, VehicleType,
    },
};
use serde_json::Value;

use super::details;
use crate::fields::{Fields, flag, number, parsed};

/// Fields that nobody can change.
const FIXED: [&str; 6] = [
    "id",
    "type",
    "organizationId",
    "version",
    "createdAt",
    "updatedAt",
];

/// Fields that are changed by operations of their own.
const APART: [&str; 3] = ["status", "isEnabled", "groupIds"];

/// Fields of an export that mean nothing to an import.
const NOT_IMPORTED: [&str; 6] = [
    "status",
    "version",
    "createdAt",
    "updatedAt",
    "organizationId",
    "groupIds",
];

/// Reads a vehicle to register: `{name, type, manufacturer, model?, specification, details, organizationId?}`.
/// What is wrong with it, all of it, is in [`NewVehicle::draft`].
#[must_use]
pub fn new_vehicle(document: Value) -> NewVehicle {
    let mut organization = None;
    let draft = read_whole(document, |fields| {
        organization = fields
            .optional("organizationId", parsed(str::parse::<OrganizationId>))
            .flatten();
        for name in ["id", "version", "createdAt", "updatedAt"] {
            fields.refuse(name, "is given by the server");
        }
        for name in APART {
            fields.refuse(name, "has an operation of its own, for a vehicle that is there");
        }
        draft(fields)
    });
    NewVehicle { organization, draft }
}

/// Reads a vehicle of a file: as [`new_vehicle`], with an `id` and `isEnabled` if they are there. What else an export
/// has is passed over.
///
/// # Errors
/// All that is wrong with it.
pub fn registration(document: Value) -> Result<Registration, Violations> {
    read_whole(document, |fields| {
        for name in NOT_IMPORTED {
            fields.ignore(name);
        }
        let id = fields.optional("id", parsed(str::parse::<VehicleId>));
        let is_enabled = fields.optional("isEnabled", flag);
        let draft = draft(fields);
        Some(Registration {
            id: id?,
            is_enabled: is_enabled?.unwrap_or(false),
            draft: draft?,
        })
    })
}

/// Reads a partial change of a vehicle of a kind: a field that is not there stays as it is, null empties one that may
/// be empty.
///
/// # Errors
/// All that is wrong with it.
pub fn vehicle_changes(document: Value, kind: VehicleType) -> Result<VehicleChanges, Violations> {
    read_whole(document, |fields| {
        for name in FIXED {
            fields.refuse(name, "cannot be changed");
        }
        for name in APART {
            fields.refuse(name, "has an operation of its own, and cannot be changed here");
        }
        let changes = VehicleChanges {
            name: fields.change("name", parsed(VehicleName::new)),
            manufacturer: fields.change("manufacturer", parsed(Manufacturer::new)),
            model: fields.clearable("model", parsed(ModelName::new)),
            status: None,
            is_enabled: None,
            specification: fields
                .optional_object("specification", specification_changes)
                .unwrap_or_default(),
            details: fields
                .optional_object("details", |fields| details::changes(kind, fields))
                .flatten(),
        };
        fields.join(changes.check_figures());
        Some(changes)
    })
}

fn read_whole<T>(document: Value, read: impl FnOnce(&mut Fields) -> Option<T>) -> Result<T, Violations> {
    let mut fields = Fields::of(document)?;
    let read = read(&mut fields);
    fields.finish()?;
    // What is missing without a fault would be a fault of the reader; the caller hears of it all the same.
    read.ok_or_else(|| Violations::of("body", "cannot be understood"))
}

fn draft(fields: &mut Fields) -> Option<VehicleDraft> {
    let name = fields.required("name", parsed(VehicleName::new));
    let kind = fields.required("type", parsed(str::parse::<VehicleType>));
    let manufacturer = fields.required("manufacturer", parsed(Manufacturer::new));
    let model = fields.optional("model", parsed(ModelName::new));
    let specification = fields.object("specification", specification).flatten();
    let details = match kind {
        // A forklift may be without any.
        Some(kind) => fields
            .object_or_empty("details", |fields| details::read(kind, fields))
            .flatten(),
        // What details must be is not known without a type.
        None => {
            fields.ignore("details");
            None
        }
    };
    Some(VehicleDraft {
        name: name?,
        manufacturer: manufacturer?,
        model: model?,
        specification: specification?,
        details: details?,
    })
}

fn specification(fields: &mut Fields) -> Option<VehicleSpecification> {
    let max_speed = fields.required("maxSpeed", number);
    let max_load = fields.required("maxLoad", number);
    let battery_capacity = fields.required("batteryCapacity", number);
    // A figure that is there is judged whatever the others are like.
    let judged = VehicleSpecification::new(
        max_speed.unwrap_or(1.0),
        max_load.unwrap_or(0.0),
        battery_capacity.unwrap_or(1.0),
    );
    let sheet = fields.join(judged)?;
    (max_speed.is_some() && max_load.is_some() && battery_capacity.is_some()).then_some(sheet)
}

fn specification_changes(fields: &mut Fields) -> SpecificationChanges {
    SpecificationChanges {
        max_speed: fields.change("maxSpeed", number),
        max_load: fields.change("maxLoad", number),
        battery_capacity: fields.change("batteryCapacity", number),
    }
}

#[cfg(test)]
mod tests;

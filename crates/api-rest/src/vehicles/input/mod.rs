//! Input of vehicles: new vehicles and changes. The schemas are in `schema`.

use application::vehicles::NewVehicle;
use domain::{
    OrganizationId, Violations,
    vehicle::{
        Manufacturer, ModelName, SpecificationChanges, VehicleChanges, VehicleName, VehicleStatus,
        VehicleType,
    },
};
use import_export::vehicle::{details, draft};
use serde_json::Value;
use strict_json::{
    Fields,
    fields::{number, parsed},
};

/// Fields that cannot be changed.
const FIXED: [&str; 6] = [
    "id",
    "type",
    "organizationId",
    "version",
    "createdAt",
    "updatedAt",
];

/// Fields that are changed by separate operations, and these operations.
const APART: [(&str, &str); 3] = [
    ("status", "PATCH /api/vehicles/{id}/status"),
    (
        "isEnabled",
        "POST /api/vehicles/{id}/enable or /api/vehicles/{id}/disable",
    ),
    ("groupIds", "PUT or DELETE /api/groups/{id}/vehicles/{vehicleId}"),
];

/// Reads a new vehicle: `{name, type, manufacturer, model?, specification, details, organizationId?}`. All violations
/// are in [`NewVehicle::draft`].
pub(crate) fn new_vehicle(document: Value) -> NewVehicle {
    let mut organization = None;
    let draft = Fields::read(document, |fields| {
        organization = fields
            .optional("organizationId", parsed(str::parse::<OrganizationId>))
            .flatten();
        for name in ["id", "version", "createdAt", "updatedAt"] {
            fields.refuse(name, "is assigned by the server");
        }
        for (name, operation) in APART {
            fields.refuse(
                name,
                &format!("cannot be set on creation: use {operation} afterwards"),
            );
        }
        draft(fields)
    });
    NewVehicle { organization, draft }
}

/// Reads a partial change to a vehicle of the given kind. A missing field is not changed; null clears an optional
/// field.
pub(crate) fn vehicle_changes(document: Value, kind: VehicleType) -> Result<VehicleChanges, Violations> {
    Fields::read(document, |fields| {
        for name in FIXED {
            fields.refuse(name, "cannot be changed");
        }
        for (name, operation) in APART {
            fields.refuse(name, &format!("cannot be changed here: use {operation}"));
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

/// Reads a new status: `{status}`.
pub(crate) fn status(document: Value) -> Result<VehicleStatus, Violations> {
    Fields::read(document, |fields| {
        fields.required("status", parsed(str::parse::<VehicleStatus>))
    })
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

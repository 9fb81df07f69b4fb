//! Reading of vehicles from JSON objects.

use application::ports::Registration;
use domain::{
    VehicleId, Violations,
    vehicle::{Manufacturer, ModelName, VehicleDraft, VehicleName, VehicleSpecification, VehicleType},
};
use serde_json::Value;
use strict_json::{
    Fields,
    fields::{flag, number, parsed},
};

use super::details;

/// Fields of an export that are ignored by an import.
const NOT_IMPORTED: [&str; 6] = [
    "status",
    "version",
    "createdAt",
    "updatedAt",
    "organizationId",
    "groupIds",
];

/// Reads a vehicle to be registered. `id` and `isEnabled` are optional. The other fields that the registry sets are
/// ignored.
///
/// # Errors
/// Returns all faults of the vehicle.
pub fn registration(document: Value) -> Result<Registration, Violations> {
    Fields::read(document, |fields| {
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

/// Reads the fields of a new vehicle: `{name, type, manufacturer, model?, specification, details?}`. Returns `None` if
/// any field is invalid, and adds the faults to `fields`.
pub fn draft(fields: &mut Fields) -> Option<VehicleDraft> {
    let name = fields.required("name", parsed(VehicleName::new));
    let kind = fields.required("type", parsed(str::parse::<VehicleType>));
    let manufacturer = fields.required("manufacturer", parsed(Manufacturer::new));
    let model = fields.optional("model", parsed(ModelName::new));
    let specification = fields.object("specification", specification).flatten();
    let details = match kind {
        // `details` may be missing, because a forklift needs none.
        Some(kind) => fields
            .object_or_empty("details", |fields| details::read(kind, fields))
            .flatten(),
        // Details can't be checked without a type.
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
    // Check the given figures even if others are missing, in order to report all faults.
    let judged = VehicleSpecification::new(
        max_speed.unwrap_or(1.0),
        max_load.unwrap_or(0.0),
        battery_capacity.unwrap_or(1.0),
    );
    let sheet = fields.join(judged)?;
    (max_speed.is_some() && max_load.is_some() && battery_capacity.is_some()).then_some(sheet)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_file_may_contain_the_id_and_enable_the_vehicle() {
        let mut document = json!({
            "name": "Tugger 1", "type": "AGV", "manufacturer": "Acme", "model": null,
            "specification": {"maxSpeed": 1.5, "maxLoad": 0, "batteryCapacity": 960},
            "details": {"guideType": "LASER", "lineFollowingConfig": {"gain": 0.5}},
        });
        document["id"] = "0190a5f2-7c1e-7d54-9a3b-2f6c8e1d4b70".into();
        document["isEnabled"] = true.into();
        document["status"] = "MOVING".into();
        document["version"] = 7.into();
        document["groupIds"] = json!([]);
        let registration = registration(document).expect("a valid vehicle");
        assert!(registration.is_enabled);
        assert_eq!(
            registration.id.map(|id| id.to_string()).as_deref(),
            Some("0190a5f2-7c1e-7d54-9a3b-2f6c8e1d4b70")
        );
    }
}

//! New vehicles, before they are registered.

use time::OffsetDateTime;

use super::{
    Manufacturer, ModelName, Vehicle, VehicleDetails, VehicleName, VehicleSpecification, VehicleStatus,
    Version,
};
use crate::{
    id::{OrganizationId, VehicleId},
    violation::Violations,
};

/// Checked fields of a new vehicle. The other fields, such as the id and the version, are set when it is registered.
#[derive(Debug, Clone, PartialEq)]
pub struct VehicleDraft {
    /// Name of the vehicle.
    pub name: VehicleName,
    /// Manufacturer of the vehicle.
    pub manufacturer: Manufacturer,
    /// Model name given by the manufacturer; `None` if it is not known.
    pub model: Option<ModelName>,
    /// Figures of the vehicle's data sheet.
    pub specification: VehicleSpecification,
    /// Details specific to the kind of vehicle.
    pub details: VehicleDetails,
}

/// Fields of a deleted vehicle that are kept when a vehicle is registered under the same id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Remains {
    /// Operational status.
    pub status: VehicleStatus,
    /// Last version. The registered vehicle gets the next one.
    pub version: Version,
    /// Time of the first registration.
    pub created_at: OffsetDateTime,
}

/// Fields of a new vehicle before they are checked, except the details, which their own constructor has already
/// checked.
#[derive(Debug, Clone, PartialEq)]
pub struct RawDraft {
    /// Name of the vehicle.
    pub name: String,
    /// Manufacturer of the vehicle.
    pub manufacturer: String,
    /// Model name given by the manufacturer; `None` if it is not known.
    pub model: Option<String>,
    /// Maximum speed (m/s), maximum load (kg), and capacity of the battery (Wh).
    pub specification: (f64, f64, f64),
    /// Details specific to the kind of vehicle, or the faults found in them, each with the full path of its field.
    pub details: Result<VehicleDetails, Violations>,
}

impl VehicleDraft {
    /// Checks all fields.
    ///
    /// # Errors
    /// Returns the faults of all fields, including those of the details.
    pub fn check(raw: RawDraft) -> Result<Self, Violations> {
        let mut faults = Violations::default();
        let name = faults.keep("name", VehicleName::new(&raw.name));
        let manufacturer = faults.keep("manufacturer", Manufacturer::new(&raw.manufacturer));
        let model = faults.keep("model", raw.model.as_deref().map(ModelName::new).transpose());
        let (max_speed, max_load, battery_capacity) = raw.specification;
        let specification = faults.nest(
            "specification",
            VehicleSpecification::new(max_speed, max_load, battery_capacity),
        );
        let details = match raw.details {
            Ok(details) => Some(details),
            Err(nested) => {
                nested
                    .iter()
                    .for_each(|fault| faults.add(fault.field.clone(), fault.message.clone()));
                None
            }
        };
        match (name, manufacturer, model, specification, details) {
            (Some(name), Some(manufacturer), Some(model), Some(specification), Some(details)) => Ok(Self {
                name,
                manufacturer,
                model,
                specification,
                details,
            }),
            _ => Err(faults),
        }
    }

    /// Returns the vehicle as registered at the time `at`. A new vehicle is IDLE, in no group, and has the first
    /// version. If there are `remains` of a deleted vehicle, the new one keeps their status and time of creation, and
    /// has the version after theirs.
    #[must_use]
    pub fn registered(
        self,
        id: VehicleId,
        organization_id: OrganizationId,
        is_enabled: bool,
        remains: Option<Remains>,
        at: OffsetDateTime,
    ) -> Vehicle {
        let Self {
            name,
            manufacturer,
            model,
            specification,
            details,
        } = self;
        Vehicle {
            id,
            organization_id,
            group_ids: Default::default(),
            name,
            manufacturer,
            model,
            status: remains.map_or(VehicleStatus::Idle, |remains| remains.status),
            is_enabled,
            specification,
            details,
            version: remains.map_or(Version::FIRST, |remains| remains.version.next()),
            created_at: remains.map_or(at, |remains| remains.created_at),
            updated_at: at,
            deleted_at: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vehicle::ForkliftDetails;

    #[test]
    fn every_fault_of_a_new_vehicle_is_named_at_once() {
        let faults = VehicleDraft::check(RawDraft {
            name: " ".into(),
            manufacturer: "x".repeat(101),
            model: Some("\n".into()),
            specification: (0.0, 1.0, 1.0),
            details: Err(Violations::of("amr.autonomyLevel", "must be between 0 and 5")),
        })
        .expect_err("all five are bad");
        let fields: Vec<_> = faults.iter().map(|fault| fault.field.as_str()).collect();
        assert_eq!(
            fields,
            [
                "name",
                "manufacturer",
                "model",
                "specification.maxSpeed",
                "amr.autonomyLevel"
            ]
        );
    }

    #[test]
    fn the_model_is_optional() {
        let draft = VehicleDraft::check(RawDraft {
            name: " Stapler 1 ".into(),
            manufacturer: "Acme".into(),
            model: None,
            specification: (2.0, 1500.0, 20_000.0),
            details: Ok(VehicleDetails::Forklift(ForkliftDetails::default())),
        })
        .expect("nothing is wrong");
        assert_eq!(draft.name.as_str(), "Stapler 1");
        assert_eq!(draft.model, None);
    }

    #[test]
    fn a_new_vehicle_is_idle_and_a_restored_one_keeps_its_status_and_version() {
        let draft = VehicleDraft::check(RawDraft {
            name: "Stapler 1".into(),
            manufacturer: "Acme".into(),
            model: None,
            specification: (2.0, 1500.0, 20_000.0),
            details: Ok(VehicleDetails::Forklift(ForkliftDetails::default())),
        })
        .expect("nothing is wrong");
        let at = OffsetDateTime::UNIX_EPOCH + time::Duration::DAY;
        let register = |remains| {
            let id = VehicleId::from_uuid(uuid::Uuid::from_u128(1));
            let draft = draft.clone();
            draft.registered(id, OrganizationId::DEFAULT, false, remains, at)
        };
        let new = register(None);
        assert_eq!((new.status, new.version), (VehicleStatus::Idle, Version::FIRST));
        assert_eq!((new.created_at, new.updated_at, new.deleted_at), (at, at, None));
        let back = register(Some(Remains {
            status: VehicleStatus::Maintenance,
            version: Version::from_i64(7),
            created_at: OffsetDateTime::UNIX_EPOCH,
        }));
        assert_eq!(
            (back.status, back.version),
            (VehicleStatus::Maintenance, Version::from_i64(8))
        );
        assert_eq!(
            (back.created_at, back.updated_at),
            (OffsetDateTime::UNIX_EPOCH, at)
        );
    }
}

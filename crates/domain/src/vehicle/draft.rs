//! A vehicle that is about to be registered.

use time::OffsetDateTime;

use super::{
    Manufacturer, ModelName, Vehicle, VehicleDetails, VehicleName, VehicleSpecification, VehicleStatus,
    Version,
};
use crate::{
    id::{OrganizationId, VehicleId},
    violation::Violations,
};

/// The checked fields of a new vehicle. Identity, version and times are given when it is stored; a new vehicle
/// is IDLE and disabled.
#[derive(Debug, Clone, PartialEq)]
pub struct VehicleDraft {
    /// Its name.
    pub name: VehicleName,
    /// Its manufacturer.
    pub manufacturer: Manufacturer,
    /// The manufacturer's name of this kind of machine.
    pub model: Option<ModelName>,
    /// Its specification.
    pub specification: VehicleSpecification,
    /// Its kind-specific details.
    pub details: VehicleDetails,
}

/// The parts of a deleted vehicle that stay when it is registered again under its id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Remains {
    /// Its status.
    pub status: VehicleStatus,
    /// Its version, which the next one follows.
    pub version: Version,
    /// When it was registered first.
    pub created_at: OffsetDateTime,
}

/// The unchecked fields of a new vehicle. The details have been checked by their own constructors, whose
/// result (faults included) goes into [`VehicleDraft::check`].
#[derive(Debug, Clone, PartialEq)]
pub struct RawDraft {
    /// Its name.
    pub name: String,
    /// Its manufacturer.
    pub manufacturer: String,
    /// The manufacturer's name of this kind of machine.
    pub model: Option<String>,
    /// Highest speed (m/s), heaviest load (kg), the battery's energy (Wh).
    pub specification: (f64, f64, f64),
    /// Its kind-specific details, or their faults (fields with their whole path).
    pub details: Result<VehicleDetails, Violations>,
}

impl VehicleDraft {
    /// Checks all fields.
    ///
    /// # Errors
    /// Names every field that is wrong, those of the details included.
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

    /// Returns the vehicle that is registered at a time: IDLE, in no group, in its first version; or, with what remains of a
    /// deleted one, as that one with the data of this draft.
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
    fn a_model_may_be_left_out() {
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
    fn a_new_vehicle_is_idle_and_one_that_comes_back_keeps_its_past() {
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

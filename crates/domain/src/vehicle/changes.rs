//! A partial change of a vehicle.

use super::{
    Manufacturer, ModelName, Vehicle, VehicleDetails, VehicleName, VehicleSpecification, VehicleStatus,
};
use crate::violation::Violations;

/// The fields that a person wants changed; `None` leaves a field as it is.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct VehicleChanges {
    /// A new name.
    pub name: Option<VehicleName>,
    /// Another manufacturer.
    pub manufacturer: Option<Manufacturer>,
    /// Another model; `Some(None)` takes it away.
    pub model: Option<Option<ModelName>>,
    /// Another status, held to the table of transitions.
    pub status: Option<VehicleStatus>,
    /// Whether the vehicle's messages are taken and delivered.
    pub is_enabled: Option<bool>,
    /// Another data sheet.
    pub specification: Option<VehicleSpecification>,
    /// Other details of the same kind.
    pub details: Option<VehicleDetails>,
}

impl VehicleChanges {
    /// Nothing but enabling.
    #[must_use]
    pub fn enable() -> Self {
        Self {
            is_enabled: Some(true),
            ..Self::default()
        }
    }

    /// Nothing but disabling.
    #[must_use]
    pub fn disable() -> Self {
        Self {
            is_enabled: Some(false),
            ..Self::default()
        }
    }

    /// The vehicle after the changes; its version and times are the store's to set.
    ///
    /// # Errors
    /// When the status may not follow the present one, or the details are of another kind: a vehicle never
    /// changes its kind.
    pub fn apply(self, vehicle: &Vehicle) -> Result<Vehicle, Violations> {
        let mut faults = Violations::default();
        let mut changed = vehicle.clone();
        if let Some(status) = self.status {
            changed.status = faults
                .keep("status", vehicle.status.change_to(status))
                .unwrap_or(status);
        }
        if let Some(details) = self.details {
            if details.kind() != vehicle.kind() {
                faults.add("type", format!("must stay {}", vehicle.kind()));
            }
            changed.details = details;
        }
        faults.into_result()?;
        if let Some(name) = self.name {
            changed.name = name;
        }
        if let Some(manufacturer) = self.manufacturer {
            changed.manufacturer = manufacturer;
        }
        if let Some(model) = self.model {
            changed.model = model;
        }
        if let Some(is_enabled) = self.is_enabled {
            changed.is_enabled = is_enabled;
        }
        if let Some(specification) = self.specification {
            changed.specification = specification;
        }
        Ok(changed)
    }
}

#[cfg(test)]
mod tests {
    use time::OffsetDateTime;
    use uuid::Uuid;

    use super::*;
    use crate::{
        id::{OrganizationId, VehicleId},
        vehicle::{AgvDetails, ForkliftDetails, GuideType, Version},
    };

    fn forklift() -> Vehicle {
        Vehicle {
            id: VehicleId::from_uuid(Uuid::from_u128(1)),
            organization_id: OrganizationId::DEFAULT,
            name: VehicleName::new("Lift 1").expect("a name"),
            manufacturer: Manufacturer::new("Acme").expect("a name"),
            model: Some(ModelName::new("L").expect("a name")),
            status: VehicleStatus::Maintenance,
            is_enabled: false,
            specification: VehicleSpecification::new(2.0, 1000.0, 10_000.0).expect("a data sheet"),
            details: VehicleDetails::Forklift(ForkliftDetails::default()),
            version: Version::FIRST,
            created_at: OffsetDateTime::UNIX_EPOCH,
            updated_at: OffsetDateTime::UNIX_EPOCH,
            deleted_at: None,
        }
    }

    #[test]
    fn what_is_not_named_stays() {
        let before = forklift();
        let after = VehicleChanges {
            model: Some(None),
            ..VehicleChanges::enable()
        }
        .apply(&before)
        .expect("fine");
        assert_eq!(
            after,
            Vehicle {
                model: None,
                is_enabled: true,
                ..before
            }
        );
    }

    #[test]
    fn a_status_is_held_to_the_table() {
        let changes = VehicleChanges {
            status: Some(VehicleStatus::Moving),
            ..VehicleChanges::default()
        };
        let faults = changes.apply(&forklift()).expect_err("maintenance ends at rest");
        assert_eq!(
            faults.to_string(),
            "status must not change from MAINTENANCE to MOVING"
        );
    }

    #[test]
    fn a_vehicle_never_changes_its_kind() {
        let agv = AgvDetails::new(GuideType::Laser, None, None, None).expect("fine");
        let changes = VehicleChanges {
            details: Some(VehicleDetails::Agv(agv)),
            ..VehicleChanges::default()
        };
        let faults = changes.apply(&forklift()).expect_err("another kind");
        assert_eq!(faults.to_string(), "type must stay FORKLIFT");
    }
}

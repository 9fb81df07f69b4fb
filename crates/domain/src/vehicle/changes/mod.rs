//! Partial changes to vehicles.

use super::{
    AgvChanges, AgvDetails, AmrChanges, ForkliftChanges, ForkliftDetails, GuideType, Manufacturer, ModelName,
    OhtChanges, OhtDetails, RawOht, SpecificationChanges, Vehicle, VehicleDetails, VehicleName,
    VehicleSpecification, VehicleStatus, VehicleType,
};
use crate::violation::Violations;

/// Changes to a vehicle by a user. `None` leaves a field unchanged.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct VehicleChanges {
    /// New name.
    pub name: Option<VehicleName>,
    /// New manufacturer.
    pub manufacturer: Option<Manufacturer>,
    /// New model; `Some(None)` clears it.
    pub model: Option<Option<ModelName>>,
    /// New status, which must be allowed to follow the current one.
    pub status: Option<VehicleStatus>,
    /// Whether the vehicle's messages are processed and delivered.
    pub is_enabled: Option<bool>,
    /// Changes to the data sheet.
    pub specification: SpecificationChanges,
    /// Changes to the details.
    pub details: Option<DetailsChanges>,
}

/// Changes to the details of one kind of vehicle.
#[derive(Debug, Clone, PartialEq)]
pub enum DetailsChanges {
    /// Changes to an autonomous mobile robot.
    Amr(AmrChanges),
    /// Changes to an automated guided vehicle.
    Agv(AgvChanges),
    /// Changes to an overhead hoist transport.
    Oht(OhtChanges),
    /// Changes to a forklift.
    Forklift(ForkliftChanges),
}

impl DetailsChanges {
    /// Returns the kind of vehicle to which the details belong.
    #[must_use]
    pub const fn kind(&self) -> VehicleType {
        match self {
            Self::Amr(_) => VehicleType::Amr,
            Self::Agv(_) => VehicleType::Agv,
            Self::Oht(_) => VehicleType::Oht,
            Self::Forklift(_) => VehicleType::Forklift,
        }
    }

    /// Returns the details after the changes; `None` if the changes are for another kind.
    fn apply(self, details: &VehicleDetails) -> Option<Result<VehicleDetails, Violations>> {
        Some(match (self, details) {
            (Self::Amr(changes), VehicleDetails::Amr(amr)) => Ok(VehicleDetails::Amr(changes.apply(amr))),
            (Self::Agv(changes), VehicleDetails::Agv(agv)) => changes.apply(agv).map(VehicleDetails::Agv),
            (Self::Oht(changes), VehicleDetails::Oht(oht)) => changes.apply(oht).map(VehicleDetails::Oht),
            (Self::Forklift(changes), VehicleDetails::Forklift(forklift)) => {
                changes.apply(forklift).map(VehicleDetails::Forklift)
            }
            _ => return None,
        })
    }
}

impl VehicleChanges {
    /// Returns the change that enables a vehicle.
    #[must_use]
    pub fn enable() -> Self {
        Self {
            is_enabled: Some(true),
            ..Self::default()
        }
    }

    /// Returns the change that disables a vehicle.
    #[must_use]
    pub fn disable() -> Self {
        Self {
            is_enabled: Some(false),
            ..Self::default()
        }
    }

    /// Returns the change that sets the status.
    #[must_use]
    pub fn status(status: VehicleStatus) -> Self {
        Self {
            status: Some(status),
            ..Self::default()
        }
    }

    /// Checks the new figures as far as possible without the vehicle, by applying them to a vehicle whose own figures
    /// conflict with no valid change.
    ///
    /// # Errors
    /// Returns the faults of all figures that are invalid for every vehicle, under `specification` and `details`.
    pub fn check_figures(&self) -> Result<(), Violations> {
        let mut faults = Violations::default();
        let sheet = VehicleSpecification::new(1.0, 1.0, 1.0)?;
        faults.nest("specification", self.specification.apply(&sheet));
        let details = match self.details.clone() {
            None | Some(DetailsChanges::Amr(_)) => Ok(()),
            Some(DetailsChanges::Agv(agv)) => AgvDetails::new(GuideType::Wire, None, None, None)
                .map_err(|fault| Violations::of("maxLoadWeight", fault.to_string()))
                .and_then(|details| agv.apply(&details).map(drop)),
            Some(DetailsChanges::Oht(oht)) => {
                let any_rail = RawOht {
                    rail_id: "any".to_owned(),
                    ..RawOht::default()
                };
                OhtDetails::new(any_rail).and_then(|details| oht.apply(&details).map(drop))
            }
            Some(DetailsChanges::Forklift(forklift)) => forklift.apply(&ForkliftDetails::default()).map(drop),
        };
        faults.nest("details", details);
        faults.into_result()
    }

    /// Returns the vehicle after the changes. The store sets its version and times.
    ///
    /// # Errors
    /// Returns all faults: a status that must not follow the current one, details of another kind (a vehicle never
    /// changes its kind), and figures or details that are invalid by themselves or together with the unchanged fields.
    pub fn apply(self, vehicle: &Vehicle) -> Result<Vehicle, Violations> {
        let mut faults = Violations::default();
        let mut changed = vehicle.clone();
        if let Some(status) = self.status {
            changed.status = faults
                .keep("status", vehicle.status.change_to(status))
                .unwrap_or(status);
        }
        if let Some(sheet) = faults.nest("specification", self.specification.apply(&vehicle.specification)) {
            changed.specification = sheet;
        }
        if let Some(details) = self.details {
            let kind = details.kind();
            match details.apply(&vehicle.details) {
                Some(applied) => {
                    if let Some(details) = faults.nest("details", applied) {
                        changed.details = details;
                    }
                }
                None => faults.add(
                    "details",
                    format!(
                        "must be those of a vehicle of type {}, not {kind}",
                        vehicle.kind()
                    ),
                ),
            }
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
        Ok(changed)
    }
}

#[cfg(test)]
mod tests;

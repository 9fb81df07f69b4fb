use domain::{
    Operation, OrganizationId, Violations,
    vehicle::{Vehicle, VehicleDraft},
};

use super::Vehicles;
use crate::{Actor, error::Result};

/// A vehicle to register, as given by a caller.
#[derive(Debug, Clone, PartialEq)]
pub struct NewVehicle {
    /// Organisation of the vehicle; the caller's own by default.
    pub organization: Option<OrganizationId>,
    /// Data of the vehicle, or all violations.
    pub draft: Result<VehicleDraft, Violations>,
}

impl Vehicles {
    /// Checks that a caller may register vehicles. APIs call this before they read a body.
    ///
    /// # Errors
    /// Returns [`crate::Error::Forbidden`] unless the caller is an administrator.
    pub fn may_create(&self, actor: &Actor) -> Result<()> {
        actor.must_be_allowed(Operation::CreateVehicles)
    }

    /// Registers a vehicle (CreateVehicle), which is IDLE and disabled. Its live keys are not written until it is
    /// enabled.
    ///
    /// # Errors
    /// Returns [`crate::Error::Forbidden`] unless the caller is an administrator; [`crate::Error::Invalid`] with all
    /// violations; [`crate::Error::NotFound`] for an organisation that does not exist for the caller;
    /// [`crate::Error::Conflict`] when the organisation has a vehicle of this name.
    pub async fn create(&self, actor: &Actor, input: NewVehicle) -> Result<Vehicle> {
        self.may_create(actor)?;
        let draft = input.draft?;
        let organization = actor.organization_for(input.organization)?;
        let vehicle = self.repository.create(actor, organization, draft).await?;
        self.changes.vehicle_changed(&vehicle);
        tracing::info!(vehicle.id = %vehicle.id, vehicle.kind = %vehicle.kind(), "vehicle created");
        Ok(vehicle)
    }
}

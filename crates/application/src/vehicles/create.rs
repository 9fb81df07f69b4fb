use domain::{
    Operation, OrganizationId, Violations,
    vehicle::{Vehicle, VehicleDraft},
};

use super::Vehicles;
use crate::{Actor, error::Result};

/// A vehicle to register, as a caller gives it.
#[derive(Debug, Clone, PartialEq)]
pub struct NewVehicle {
    /// The organisation that it is to belong to; the caller's own when it is left out.
    pub organization: Option<OrganizationId>,
    /// Its data, or all faults in them.
    pub draft: Result<VehicleDraft, Violations>,
}

impl Vehicles {
    /// Checks that a caller may register vehicles. An API asks before it reads a body.
    ///
    /// # Errors
    /// [`crate::Error::Forbidden`] unless the caller is an administrator.
    pub fn may_create(&self, actor: &Actor) -> Result<()> {
        actor.must_be_allowed(Operation::CreateVehicles)
    }

    /// Registers a vehicle (CreateVehicle): IDLE and disabled, so that its live keys begin when it is enabled.
    ///
    /// # Errors
    /// [`crate::Error::Forbidden`] unless the caller is an administrator; [`crate::Error::Invalid`] with
    /// every fault of the input; [`crate::Error::NotFound`] for an organisation that is not there for the caller;
    /// [`crate::Error::Conflict`] for a name that the organisation has already.
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

use std::sync::Arc;

use domain::{
    Operation, OrganizationId, Violations,
    vehicle::{Vehicle, VehicleDraft},
};

use crate::{Actor, error::Result, live::Live, ports::VehicleRepository};

/// A vehicle to register, as a caller gives it.
#[derive(Debug, Clone, PartialEq)]
pub struct NewVehicle {
    /// Where it is to belong; the caller's own organisation when nobody says.
    pub organization: Option<OrganizationId>,
    /// What is to be known of it, or all that is wrong with that.
    pub draft: Result<VehicleDraft, Violations>,
}

/// Registers a vehicle: IDLE and disabled, so that its live keys begin when it is enabled.
pub struct CreateVehicle {
    repository: Arc<dyn VehicleRepository>,
    live: Arc<Live>,
}

impl CreateVehicle {
    /// With what it needs.
    #[must_use]
    pub fn new(repository: Arc<dyn VehicleRepository>, live: Arc<Live>) -> Self {
        Self { repository, live }
    }

    /// Lets those pass who may do it. An API asks before it reads what is sent.
    ///
    /// # Errors
    /// [`crate::Error::Forbidden`] unless the caller is an administrator.
    pub fn permit(&self, actor: &Actor) -> Result<()> {
        actor.must_be_allowed(Operation::CreateVehicles)
    }

    /// Checks and stores.
    ///
    /// # Errors
    /// [`crate::Error::Forbidden`] unless the caller is an administrator; [`crate::Error::Invalid`] with
    /// every fault of the input; [`crate::Error::NotFound`] for an organisation that is not there for the caller;
    /// [`crate::Error::Conflict`] for a name that the organisation has already.
    pub async fn execute(&self, actor: &Actor, input: NewVehicle) -> Result<Vehicle> {
        self.permit(actor)?;
        let draft = input.draft?;
        let organization = actor.organization_for(input.organization)?;
        let vehicle = self.repository.create(actor, organization, draft).await?;
        self.live.registry_changed(std::slice::from_ref(&vehicle));
        tracing::info!(vehicle.id = %vehicle.id, vehicle.kind = %vehicle.kind(), "vehicle created");
        Ok(vehicle)
    }
}

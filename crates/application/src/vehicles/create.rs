use std::sync::Arc;

use domain::vehicle::{RawDraft, Vehicle, VehicleDraft};

use crate::{Actor, error::Result, live::Live, ports::VehicleRepository};

/// Registers a vehicle in the caller's organisation: IDLE and disabled, so that its live keys begin when it
/// is enabled.
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

    /// Checks and stores.
    ///
    /// # Errors
    /// [`crate::Error::Forbidden`] unless the caller is an administrator; [`crate::Error::Invalid`] with
    /// every fault of the input; [`crate::Error::Conflict`] for a name that the organisation has already.
    pub async fn execute(&self, actor: &Actor, input: RawDraft) -> Result<Vehicle> {
        actor.must_administer()?;
        let draft = VehicleDraft::check(input)?;
        let vehicle = self.repository.create(actor.home_organization(), draft).await?;
        self.live.upsert(&vehicle);
        tracing::info!(vehicle.id = %vehicle.id, vehicle.kind = %vehicle.kind(), "vehicle created");
        Ok(vehicle)
    }
}

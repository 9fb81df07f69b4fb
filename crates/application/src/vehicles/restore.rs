use std::sync::Arc;

use domain::{Operation, VehicleId, vehicle::Vehicle};

use crate::{Actor, error::Result, live::Live, ports::VehicleRepository};

/// Takes back the soft deletion of a vehicle. It comes back disabled, so its live keys begin when it is enabled.
pub struct RestoreVehicle {
    repository: Arc<dyn VehicleRepository>,
    live: Arc<Live>,
}

impl RestoreVehicle {
    /// With what it needs.
    #[must_use]
    pub fn new(repository: Arc<dyn VehicleRepository>, live: Arc<Live>) -> Self {
        Self { repository, live }
    }

    /// Restores; in force on this server when it answers.
    ///
    /// # Errors
    /// [`crate::Error::Forbidden`] unless the caller is an administrator; [`crate::Error::NotFound`];
    /// [`crate::Error::Conflict`] when the vehicle is not deleted, or its name is taken by now.
    pub async fn execute(&self, actor: &Actor, id: VehicleId) -> Result<Vehicle> {
        super::permit::on_vehicle(&*self.repository, actor, Operation::DeleteVehicles, id).await?;
        let vehicle = self.repository.restore(actor, id).await?;
        self.live.registry_changed(std::slice::from_ref(&vehicle));
        tracing::info!(vehicle.id = %id, "vehicle restored");
        Ok(vehicle)
    }
}

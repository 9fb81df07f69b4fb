use std::sync::Arc;

use domain::{
    Operation, VehicleId, Violations,
    vehicle::{Vehicle, VehicleChanges, Version},
};

use crate::{Actor, error::Result, live::Live, ports::VehicleRepository};

/// Changes some fields of a vehicle: what it is called, what it is able to do, what only its kind has.
pub struct UpdateVehicle {
    repository: Arc<dyn VehicleRepository>,
    live: Arc<Live>,
}

impl UpdateVehicle {
    /// With what it needs.
    #[must_use]
    pub fn new(repository: Arc<dyn VehicleRepository>, live: Arc<Live>) -> Self {
        Self { repository, live }
    }

    /// Lets those pass who may do it. An API asks before it reads what is sent.
    ///
    /// # Errors
    /// [`crate::Error::Forbidden`] for others; [`crate::Error::NotFound`] for those who can't see it.
    pub async fn permit(&self, actor: &Actor, id: VehicleId) -> Result<()> {
        super::permit::on_vehicle(&*self.repository, actor, Operation::UpdateVehicles, id)
            .await
            .map(drop)
    }

    /// Checks and stores; `changes` are the caller's, or all that is wrong with them. What they do not name stays.
    ///
    /// # Errors
    /// [`crate::Error::Forbidden`] unless the caller is an administrator; [`crate::Error::Invalid`] with
    /// every fault of the input; [`crate::Error::NotFound`]; [`crate::Error::VersionMismatch`] when `expected` is
    /// given and somebody else changed the vehicle; [`crate::Error::Conflict`] for a name that is taken.
    pub async fn execute(
        &self,
        actor: &Actor,
        id: VehicleId,
        expected: Option<Version>,
        changes: Result<VehicleChanges, Violations>,
    ) -> Result<Vehicle> {
        self.permit(actor, id).await?;
        let vehicle = self.repository.update(actor, id, expected, changes?).await?;
        self.live.registry_changed(std::slice::from_ref(&vehicle));
        tracing::info!(vehicle.id = %id, vehicle.version = %vehicle.version, "vehicle updated");
        Ok(vehicle)
    }
}

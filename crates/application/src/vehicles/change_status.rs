use std::sync::Arc;

use domain::{
    Operation, VehicleId,
    vehicle::{Vehicle, VehicleChanges, VehicleStatus, Version},
};

use crate::{Actor, error::Result, live::Live, ports::VehicleRepository};

/// Sets what a vehicle is doing, by a person's word. The robot's own word, should it differ, comes later and counts.
pub struct ChangeVehicleStatus {
    repository: Arc<dyn VehicleRepository>,
    live: Arc<Live>,
}

impl ChangeVehicleStatus {
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
        super::permit::on_vehicle(&*self.repository, actor, Operation::OperateVehicles, id)
            .await
            .map(drop)
    }

    /// Sets the status; in force on this server when it answers.
    ///
    /// # Errors
    /// [`crate::Error::Forbidden`] for a viewer; [`crate::Error::NotFound`]; [`crate::Error::Invalid`] when the
    /// table of transitions does not have it; [`crate::Error::VersionMismatch`] when `expected` is given and
    /// somebody else changed the vehicle.
    pub async fn execute(
        &self,
        actor: &Actor,
        id: VehicleId,
        expected: Option<Version>,
        status: VehicleStatus,
    ) -> Result<Vehicle> {
        let within =
            super::permit::on_vehicle(&*self.repository, actor, Operation::OperateVehicles, id).await?;
        let vehicle = self
            .repository
            .update(&within, id, expected, VehicleChanges::status(status))
            .await?;
        self.live.registry_changed(std::slice::from_ref(&vehicle));
        tracing::info!(vehicle.id = %id, vehicle.status = %status, "vehicle status changed");
        Ok(vehicle.within(&actor.scope))
    }
}

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
        super::permit::on_vehicle(&*self.repository, actor, Operation::OperateVehicles, id).await?;
        let vehicle = self
            .repository
            .update(actor, id, expected, VehicleChanges::status(status))
            .await?;
        self.live.registry_changed(std::slice::from_ref(&vehicle));
        tracing::info!(vehicle.id = %id, vehicle.status = %status, "vehicle status changed");
        Ok(vehicle.within(&actor.scope))
    }
}

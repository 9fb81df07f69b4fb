use domain::{
    Operation, VehicleId,
    vehicle::{Vehicle, VehicleChanges, VehicleStatus, Version},
};

use super::Vehicles;
use crate::{Actor, error::Result};

impl Vehicles {
    /// Checks that a caller may change the status of a vehicle. An API asks before it reads a body.
    ///
    /// # Errors
    /// [`crate::Error::Forbidden`] for others; [`crate::Error::NotFound`] for those who can't see it.
    pub async fn may_change_status(&self, actor: &Actor, id: VehicleId) -> Result<()> {
        self.permit(actor, Operation::OperateVehicles, id).await.map(drop)
    }

    /// Sets the status of a vehicle by a person's word; in force on this server when this answers. The
    /// robot's own word, should it differ, comes later and counts.
    ///
    /// # Errors
    /// [`crate::Error::Forbidden`] for a viewer; [`crate::Error::NotFound`]; [`crate::Error::Invalid`] when the
    /// table of transitions does not have it; [`crate::Error::VersionMismatch`] when `expected` is given and
    /// somebody else changed the vehicle.
    pub async fn change_status(
        &self,
        actor: &Actor,
        id: VehicleId,
        expected: Option<Version>,
        status: VehicleStatus,
    ) -> Result<Vehicle> {
        let within = self.permit(actor, Operation::OperateVehicles, id).await?;
        let vehicle = self
            .repository
            .update(&within, id, expected, VehicleChanges::status(status))
            .await?;
        self.changes.vehicle_changed(&vehicle);
        tracing::info!(vehicle.id = %id, vehicle.status = %status, "vehicle status changed");
        Ok(vehicle.within(&actor.scope))
    }
}

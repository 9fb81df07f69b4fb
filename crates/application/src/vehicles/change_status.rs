use domain::{
    Operation, VehicleId,
    vehicle::{Vehicle, VehicleChanges, VehicleStatus, Version},
};

use super::Vehicles;
use crate::{Actor, error::Result};

impl Vehicles {
    /// Checks that a caller may change the status of a vehicle. APIs call this before they read a body.
    ///
    /// # Errors
    /// [`crate::Error::Forbidden`] if the caller may see the vehicle but not operate it; [`crate::Error::NotFound`] if
    /// it can't see the vehicle. If the caller may operate all vehicles that it can see, a missing one is not detected
    /// here.
    pub async fn may_change_status(&self, actor: &Actor, id: VehicleId) -> Result<()> {
        self.permit(actor, Operation::OperateVehicles, id).await.map(drop)
    }

    /// Sets the status of a vehicle on behalf of a user. The change is effective on this server when this returns. If
    /// the robot later reports a different status, that replaces it.
    ///
    /// # Errors
    /// [`crate::Error::Forbidden`] unless the caller may operate the vehicle; [`crate::Error::NotFound`];
    /// [`crate::Error::Invalid`] when the table of transitions does not allow the change;
    /// [`crate::Error::VersionMismatch`] when `expected` is given and is not the current version.
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

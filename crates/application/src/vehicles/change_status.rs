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
    /// Returns [`crate::Error::Forbidden`] or [`crate::Error::Protected`] if the caller may see the vehicle but not
    /// operate it; [`crate::Error::NotFound`] if it can't see the vehicle. If the caller may operate all vehicles that
    /// it can see, a missing one is not detected here.
    pub async fn may_change_status(&self, actor: &Actor, id: VehicleId) -> Result<()> {
        self.permit(actor, Operation::OperateVehicles, id).await.map(drop)
    }

    /// Sets the status of a vehicle on behalf of a user. The change is effective on this server when this returns. If
    /// the robot reports a different status later, the reported status replaces it.
    ///
    /// # Errors
    /// Returns [`crate::Error::Forbidden`] or [`crate::Error::Protected`] unless the caller may operate the vehicle;
    /// [`crate::Error::NotFound`] for a vehicle that does not exist for the caller; [`crate::Error::Invalid`] when the
    /// table of transitions does not allow the change; [`crate::Error::VersionMismatch`] when `expected` is given and
    /// is not the current version.
    pub async fn change_status(
        &self,
        actor: &Actor,
        id: VehicleId,
        expected: Option<Version>,
        status: VehicleStatus,
    ) -> Result<Vehicle> {
        let within = self.permit(actor, Operation::OperateVehicles, id).await?;
        self.record_reported_status(id).await?;
        let vehicle = self
            .repository
            .update(&within, id, expected, VehicleChanges::status(status))
            .await?;
        self.changes.status_changed(&vehicle);
        tracing::info!(vehicle.id = %id, vehicle.status = %status, "vehicle status changed");
        Ok(vehicle.within(&actor.scope))
    }

    /// Records the status that the robot has reported, if the registry may not have it yet. Called before a user
    /// changes the status: the table of transitions applies to the status that the user was shown, and other servers
    /// ignore an update that leaves the status in the registry unchanged.
    pub(super) async fn record_reported_status(&self, id: VehicleId) -> Result<()> {
        match self.changes.live().pending_status(id) {
            Some(status) => self.repository.record_statuses(&[(id, status)]).await.map(drop),
            None => Ok(()),
        }
    }
}

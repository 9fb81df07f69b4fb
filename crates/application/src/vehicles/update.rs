use domain::{
    Operation, VehicleId, Violations,
    vehicle::{Vehicle, VehicleChanges, Version},
};

use super::Vehicles;
use crate::{Actor, error::Result};

impl Vehicles {
    /// Checks that a caller may update a vehicle. APIs call this before they read a body.
    ///
    /// # Errors
    /// Returns [`crate::Error::Forbidden`] unless the caller is an administrator, or [`crate::Error::NotFound`] if it
    /// can't see the vehicle either.
    pub async fn may_update(&self, actor: &Actor, id: VehicleId) -> Result<()> {
        self.permit(actor, Operation::UpdateVehicles, id).await.map(drop)
    }

    /// Changes some fields of a vehicle and keeps the others. `changes` contains all violations if the input is
    /// invalid.
    ///
    /// # Errors
    /// Returns [`crate::Error::Forbidden`] unless the caller is an administrator; [`crate::Error::Invalid`] with all
    /// violations; [`crate::Error::NotFound`] for a vehicle that does not exist for the caller;
    /// [`crate::Error::VersionMismatch`] when `expected` is given and is not the current version;
    /// [`crate::Error::Conflict`] when another vehicle of the organisation has the name.
    pub async fn update(
        &self,
        actor: &Actor,
        id: VehicleId,
        expected: Option<Version>,
        changes: Result<VehicleChanges, Violations>,
    ) -> Result<Vehicle> {
        self.may_update(actor, id).await?;
        let changes = changes?;
        let sets_status = changes.status.is_some();
        if sets_status {
            self.record_reported_status(id).await?;
        }
        let vehicle = self.repository.update(actor, id, expected, changes).await?;
        match sets_status {
            true => self.changes.status_changed(&vehicle),
            false => self.changes.vehicle_changed(&vehicle),
        }
        tracing::info!(vehicle.id = %id, vehicle.version = %vehicle.version, "vehicle updated");
        Ok(vehicle)
    }
}

use domain::{
    Operation, VehicleId, Violations,
    vehicle::{Vehicle, VehicleChanges, Version},
};

use super::Vehicles;
use crate::{Actor, error::Result};

impl Vehicles {
    /// Checks that a caller may update a vehicle. An API asks before it reads a body.
    ///
    /// # Errors
    /// [`crate::Error::Forbidden`] for others; [`crate::Error::NotFound`] for those who can't see it.
    pub async fn may_update(&self, actor: &Actor, id: VehicleId) -> Result<()> {
        self.permit(actor, Operation::UpdateVehicles, id).await.map(drop)
    }

    /// Changes some fields of a vehicle; `changes` are the caller's, or all faults in them. Fields that
    /// they do not name stay.
    ///
    /// # Errors
    /// [`crate::Error::Forbidden`] unless the caller is an administrator; [`crate::Error::Invalid`] with
    /// every fault of the input; [`crate::Error::NotFound`]; [`crate::Error::VersionMismatch`] when `expected` is
    /// given and somebody else changed the vehicle; [`crate::Error::Conflict`] for a name that is taken.
    pub async fn update(
        &self,
        actor: &Actor,
        id: VehicleId,
        expected: Option<Version>,
        changes: Result<VehicleChanges, Violations>,
    ) -> Result<Vehicle> {
        self.may_update(actor, id).await?;
        let vehicle = self.repository.update(actor, id, expected, changes?).await?;
        self.changes.vehicle_changed(&vehicle);
        tracing::info!(vehicle.id = %id, vehicle.version = %vehicle.version, "vehicle updated");
        Ok(vehicle)
    }
}

use domain::{Operation, VehicleId, vehicle::Vehicle};

use super::Vehicles;
use crate::{Actor, error::Result};

impl Vehicles {
    /// Restores a deleted vehicle, which is then disabled. The change is effective on this server when this returns.
    /// Its live keys are not written until it is enabled.
    ///
    /// # Errors
    /// Returns [`crate::Error::Forbidden`] unless the caller is an administrator; [`crate::Error::NotFound`] for a
    /// vehicle that does not exist for the caller; [`crate::Error::Conflict`] when the vehicle is not deleted, or
    /// another vehicle has taken its name.
    pub async fn restore(&self, actor: &Actor, id: VehicleId) -> Result<Vehicle> {
        self.permit(actor, Operation::DeleteVehicles, id).await?;
        let vehicle = self.repository.restore(actor, id).await?;
        self.changes.vehicle_changed(&vehicle);
        tracing::info!(vehicle.id = %id, "vehicle restored");
        Ok(vehicle)
    }
}

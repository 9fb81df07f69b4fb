use domain::{Operation, VehicleId, vehicle::Vehicle};

use super::Vehicles;
use crate::{Actor, error::Result};

impl Vehicles {
    /// Takes back the soft deletion of a vehicle; in force on this server when this answers. It comes back disabled, so its
    /// live keys begin when it is enabled.
    ///
    /// # Errors
    /// [`crate::Error::Forbidden`] unless the caller is an administrator; [`crate::Error::NotFound`];
    /// [`crate::Error::Conflict`] when the vehicle is not deleted, or its name is taken by now.
    pub async fn restore(&self, actor: &Actor, id: VehicleId) -> Result<Vehicle> {
        self.permit(actor, Operation::DeleteVehicles, id).await?;
        let vehicle = self.repository.restore(actor, id).await?;
        self.changes.vehicle_changed(&vehicle);
        tracing::info!(vehicle.id = %id, "vehicle restored");
        Ok(vehicle)
    }
}

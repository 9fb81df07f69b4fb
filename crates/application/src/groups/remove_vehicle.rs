use domain::{GroupId, VehicleId, vehicle::Vehicle};

use super::Groups;
use crate::{Actor, error::Result};

impl Groups {
    /// Removes a vehicle from a group.
    ///
    /// # Errors
    /// Returns [`crate::Error::Forbidden`] unless the caller is an administrator; [`crate::Error::NotFound`] when the
    /// group or the vehicle does not exist for the caller, or the vehicle is not in the group.
    pub async fn remove_vehicle(&self, actor: &Actor, group: GroupId, vehicle: VehicleId) -> Result<Vehicle> {
        self.permit(actor, group).await?;
        let vehicle = self.repository.remove_vehicle(actor, group, vehicle).await?;
        self.changes.vehicle_changed(&vehicle);
        Ok(vehicle)
    }
}

use domain::{GroupId, VehicleId, vehicle::Vehicle};

use super::Groups;
use crate::{Actor, error::Result};

impl Groups {
    /// Adds a vehicle to a group. Adding a member again changes nothing.
    ///
    /// # Errors
    /// Returns [`crate::Error::Forbidden`] unless the caller is an administrator; [`crate::Error::NotFound`] when the
    /// group or the vehicle does not exist for the caller; [`crate::Error::Invalid`] when they belong to different
    /// organisations.
    pub async fn add_vehicle(&self, actor: &Actor, group: GroupId, vehicle: VehicleId) -> Result<Vehicle> {
        self.permit(actor, group).await?;
        let vehicle = self.repository.add_vehicle(actor, group, vehicle).await?;
        self.changes.vehicle_changed(&vehicle);
        Ok(vehicle)
    }
}

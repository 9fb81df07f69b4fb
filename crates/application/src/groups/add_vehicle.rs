use domain::{GroupId, VehicleId, vehicle::Vehicle};

use super::Groups;
use crate::{Actor, error::Result};

impl Groups {
    /// Puts a vehicle into a group; one that is in the group already stays as it is.
    ///
    /// # Errors
    /// [`crate::Error::Forbidden`] unless the caller is an administrator; [`crate::Error::NotFound`] for the group
    /// or the vehicle; [`crate::Error::Invalid`] when they are of different organisations.
    pub async fn add_vehicle(&self, actor: &Actor, group: GroupId, vehicle: VehicleId) -> Result<Vehicle> {
        self.permit(actor, group).await?;
        let vehicle = self.repository.add_vehicle(actor, group, vehicle).await?;
        self.changes.vehicle_changed(&vehicle);
        Ok(vehicle)
    }
}

use std::sync::Arc;

use domain::{GroupId, VehicleId, vehicle::Vehicle};

use crate::{Actor, error::Result, live::Live, ports::GroupRepository};

/// Puts a vehicle into a group.
pub struct AddVehicleToGroup {
    groups: Arc<dyn GroupRepository>,
    live: Arc<Live>,
}

impl AddVehicleToGroup {
    /// With what it needs.
    #[must_use]
    pub fn new(groups: Arc<dyn GroupRepository>, live: Arc<Live>) -> Self {
        Self { groups, live }
    }

    /// Puts it in; one that is in the group already stays as it is.
    ///
    /// # Errors
    /// [`crate::Error::Forbidden`] unless the caller is an administrator; [`crate::Error::NotFound`] for the group
    /// or the vehicle; [`crate::Error::Invalid`] when they are of different organisations.
    pub async fn execute(&self, actor: &Actor, group: GroupId, vehicle: VehicleId) -> Result<Vehicle> {
        super::permit::on_group(&*self.groups, actor, group).await?;
        let vehicle = self.groups.add_vehicle(actor, group, vehicle).await?;
        self.live.registry_changed(std::slice::from_ref(&vehicle));
        Ok(vehicle)
    }
}

use std::sync::Arc;

use domain::{GroupId, VehicleId, vehicle::Vehicle};

use crate::{Actor, error::Result, live::Live, ports::GroupRepository};

/// Takes a vehicle out of a group.
pub struct RemoveVehicleFromGroup {
    groups: Arc<dyn GroupRepository>,
    live: Arc<Live>,
}

impl RemoveVehicleFromGroup {
    /// With what it needs.
    #[must_use]
    pub fn new(groups: Arc<dyn GroupRepository>, live: Arc<Live>) -> Self {
        Self { groups, live }
    }

    /// Takes it out.
    ///
    /// # Errors
    /// [`crate::Error::Forbidden`] unless the caller is an administrator; [`crate::Error::NotFound`] for the group,
    /// the vehicle, or one that is not in the group.
    pub async fn execute(&self, actor: &Actor, group: GroupId, vehicle: VehicleId) -> Result<Vehicle> {
        super::permit::on_group(&*self.groups, actor, group).await?;
        let vehicle = self.groups.remove_vehicle(actor, group, vehicle).await?;
        self.live.registry_changed(std::slice::from_ref(&vehicle));
        Ok(vehicle)
    }
}

use domain::{
    Operation, VehicleId,
    vehicle::{Vehicle, Version},
};

use super::{Vehicles, several};
use crate::{Actor, error::Result};

impl Vehicles {
    /// Disables a vehicle (DisableVehicle): its messages are neither taken nor delivered, and it leaves every subscriber's snapshot. In force on this server when this answers.
    ///
    /// # Errors
    /// [`crate::Error::Forbidden`] for a viewer; [`crate::Error::NotFound`]; [`crate::Error::VersionMismatch`] when
    /// `expected` is given and somebody else changed the vehicle.
    pub async fn disable(&self, actor: &Actor, id: VehicleId, expected: Option<Version>) -> Result<Vehicle> {
        let within = self.permit(actor, Operation::OperateVehicles, id).await?;
        let vehicle = self.repository.disable(&within, id, expected).await?;
        self.changes.vehicle_changed(&vehicle);
        self.keys_follow(&[id], self.keys.deactivate(&[id])).await;
        tracing::info!(vehicle.id = %id, "vehicle disabled");
        Ok(vehicle.within(&actor.scope))
    }

    /// Disables several vehicles, all or none; in force on this server when this answers. Returns them in the order in which
    /// they were asked for.
    ///
    /// # Errors
    /// [`crate::Error::Forbidden`] for a viewer; [`crate::Error::Invalid`] for more than [`super::MAX_AT_ONCE`];
    /// [`crate::Error::NoSuchVehicle`] with the first that is not there.
    pub async fn disable_several(&self, actor: &Actor, ids: &[VehicleId]) -> Result<Vec<Vehicle>> {
        let (chosen, within) = self
            .permit_several(actor, Operation::OperateVehicles, ids)
            .await?;
        let vehicles = self.repository.set_enabled(&within, &chosen, false).await?;
        self.changes.vehicles_changed(&vehicles);
        self.keys_follow(&chosen, self.keys.deactivate(&chosen)).await;
        tracing::info!(vehicles = vehicles.len(), "vehicles disabled");
        Ok(several::in_order_of(ids, vehicles, actor))
    }
}

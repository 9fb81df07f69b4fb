use domain::{
    Operation, VehicleId,
    vehicle::{Vehicle, Version},
};

use super::{Vehicles, several};
use crate::{Actor, error::Result};

impl Vehicles {
    /// Enables a vehicle (EnableVehicle): its messages are accepted and delivered from now on. The change is effective
    /// on this server when this returns.
    ///
    /// # Errors
    /// Returns [`crate::Error::Forbidden`] or [`crate::Error::Protected`] unless the caller may operate the vehicle;
    /// [`crate::Error::NotFound`] for a vehicle that does not exist for the caller; [`crate::Error::VersionMismatch`]
    /// when `expected` is given and is not the current version.
    pub async fn enable(&self, actor: &Actor, id: VehicleId, expected: Option<Version>) -> Result<Vehicle> {
        let within = self.permit(actor, Operation::OperateVehicles, id).await?;
        let vehicle = self.repository.enable(&within, id, expected).await?;
        self.changes.vehicle_changed(&vehicle);
        self.mapping.map_vehicle_to_redis(id).await;
        tracing::info!(vehicle.id = %id, "vehicle enabled");
        Ok(vehicle.within(&actor.scope))
    }

    /// Enables several vehicles, all or none of them. The change is effective on this server when this returns. Returns
    /// the vehicles in the order of the request, without duplicates.
    ///
    /// # Errors
    /// Returns [`crate::Error::Forbidden`] or [`crate::Error::Protected`] unless the caller may operate all of the
    /// vehicles; [`crate::Error::Invalid`] for more than [`super::MAX_AT_ONCE`]; [`crate::Error::NoSuchVehicle`] with
    /// the lowest id that does not exist for the caller.
    pub async fn enable_several(&self, actor: &Actor, ids: &[VehicleId]) -> Result<Vec<Vehicle>> {
        let (chosen, within) = self
            .permit_several(actor, Operation::OperateVehicles, ids)
            .await?;
        let vehicles = self.repository.set_enabled(&within, &chosen, true).await?;
        self.changes.vehicles_changed(&vehicles);
        self.mapping.map_vehicles_to_redis(&chosen).await;
        tracing::info!(vehicles = vehicles.len(), "vehicles enabled");
        Ok(several::in_order_of(ids, vehicles, actor))
    }
}

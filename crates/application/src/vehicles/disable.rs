use domain::{
    Operation, VehicleId,
    vehicle::{Vehicle, Version},
};

use super::{Vehicles, several};
use crate::{Actor, error::Result};

impl Vehicles {
    /// Disables a vehicle (DisableVehicle): its messages are neither accepted nor delivered, and it is removed from the
    /// view of every subscriber. The change is effective on this server when this returns.
    ///
    /// # Errors
    /// Returns [`crate::Error::Forbidden`] or [`crate::Error::Protected`] unless the caller may operate the vehicle;
    /// [`crate::Error::NotFound`] for a vehicle that does not exist for the caller; [`crate::Error::VersionMismatch`]
    /// when `expected` is given and is not the current version.
    pub async fn disable(&self, actor: &Actor, id: VehicleId, expected: Option<Version>) -> Result<Vehicle> {
        let within = self.permit(actor, Operation::OperateVehicles, id).await?;
        let vehicle = self.repository.disable(&within, id, expected).await?;
        self.changes.vehicle_changed(&vehicle);
        self.mapping.unmap_vehicle_from_redis(id).await;
        tracing::info!(vehicle.id = %id, "vehicle disabled");
        Ok(vehicle.within(&actor.scope))
    }

    /// Disables several vehicles, all or none of them. The change is effective on this server when this returns.
    /// Returns the vehicles in the order of the request, without duplicates.
    ///
    /// # Errors
    /// Returns [`crate::Error::Forbidden`] or [`crate::Error::Protected`] unless the caller may operate all of the
    /// vehicles; [`crate::Error::Invalid`] for more than [`super::MAX_AT_ONCE`]; [`crate::Error::NoSuchVehicle`] with
    /// the lowest id that does not exist for the caller.
    pub async fn disable_several(&self, actor: &Actor, ids: &[VehicleId]) -> Result<Vec<Vehicle>> {
        let (chosen, within) = self
            .permit_several(actor, Operation::OperateVehicles, ids)
            .await?;
        let vehicles = self.repository.set_enabled(&within, &chosen, false).await?;
        self.changes.vehicles_changed(&vehicles);
        self.mapping.unmap_vehicles_from_redis(&chosen).await;
        tracing::info!(vehicles = vehicles.len(), "vehicles disabled");
        Ok(several::in_order_of(ids, vehicles, actor))
    }
}

use std::sync::Arc;

use domain::{
    Operation, VehicleId,
    vehicle::{Vehicle, Version},
};

use super::{key_follow::follow, several};
use crate::{
    Actor,
    error::Result,
    live::Live,
    ports::{LiveKeys, VehicleRepository},
};

/// Opens a vehicle: its messages are taken and delivered from now on, and it is one of the active ones.
pub struct EnableVehicle {
    repository: Arc<dyn VehicleRepository>,
    live: Arc<Live>,
    keys: Arc<dyn LiveKeys>,
}

impl EnableVehicle {
    /// With what it needs.
    #[must_use]
    pub fn new(repository: Arc<dyn VehicleRepository>, live: Arc<Live>, keys: Arc<dyn LiveKeys>) -> Self {
        Self {
            repository,
            live,
            keys,
        }
    }

    /// Enables; in force on this server when it answers.
    ///
    /// # Errors
    /// [`crate::Error::Forbidden`] for a viewer; [`crate::Error::NotFound`]; [`crate::Error::VersionMismatch`] when
    /// `expected` is given and somebody else changed the vehicle.
    pub async fn execute(&self, actor: &Actor, id: VehicleId, expected: Option<Version>) -> Result<Vehicle> {
        let within =
            super::permit::on_vehicle(&*self.repository, actor, Operation::OperateVehicles, id).await?;
        let vehicle = self.repository.enable(&within, id, expected).await?;
        self.live.registry_changed(std::slice::from_ref(&vehicle));
        follow(&self.live, &[id], self.keys.activate(&[id])).await;
        tracing::info!(vehicle.id = %id, "vehicle enabled");
        Ok(vehicle.within(&actor.scope))
    }

    /// Enables several vehicles, all or none; in force on this server when it answers. Gives them in the order in which they
    /// were asked for.
    ///
    /// # Errors
    /// [`crate::Error::Forbidden`] for a viewer; [`crate::Error::Invalid`] for more than [`super::MAX_AT_ONCE`];
    /// [`crate::Error::NoSuchVehicle`] with the first that is not there.
    pub async fn several(&self, actor: &Actor, ids: &[VehicleId]) -> Result<Vec<Vehicle>> {
        let (chosen, within) =
            several::permitted(&*self.repository, actor, Operation::OperateVehicles, ids).await?;
        let vehicles = self.repository.set_enabled(&within, &chosen, true).await?;
        self.live.registry_changed(&vehicles);
        follow(&self.live, &chosen, self.keys.activate(&chosen)).await;
        tracing::info!(vehicles = vehicles.len(), "vehicles enabled");
        Ok(several::in_order_of(ids, vehicles, actor))
    }
}

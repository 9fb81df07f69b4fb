use std::sync::Arc;

use domain::{Operation, VehicleId, vehicle::Version};

use super::key_follow::follow;
use crate::{
    Actor,
    error::Result,
    live::Live,
    ports::{LiveKeys, VehicleRepository},
};

/// Deletes a vehicle softly: its row is kept, and it is gone for everybody.
pub struct DeleteVehicle {
    repository: Arc<dyn VehicleRepository>,
    live: Arc<Live>,
    keys: Arc<dyn LiveKeys>,
}

impl DeleteVehicle {
    /// With what it needs.
    #[must_use]
    pub fn new(repository: Arc<dyn VehicleRepository>, live: Arc<Live>, keys: Arc<dyn LiveKeys>) -> Self {
        Self {
            repository,
            live,
            keys,
        }
    }

    /// Deletes; in force on this server when it answers.
    ///
    /// # Errors
    /// [`crate::Error::Forbidden`] unless the caller is an administrator; [`crate::Error::NotFound`];
    /// [`crate::Error::VersionMismatch`] when `expected` is given and somebody else changed the vehicle.
    pub async fn execute(&self, actor: &Actor, id: VehicleId, expected: Option<Version>) -> Result<()> {
        super::permit::on_vehicle(&*self.repository, actor, Operation::DeleteVehicles, id).await?;
        let deleted = self.repository.delete(actor, id, expected).await?;
        self.live.registry_changed(std::slice::from_ref(&deleted));
        follow(&self.live, id, self.keys.forget(&[id])).await;
        tracing::info!(vehicle.id = %id, "vehicle deleted");
        Ok(())
    }
}

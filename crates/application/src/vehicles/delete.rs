use std::sync::Arc;

use domain::{Operation, VehicleId, vehicle::Version};

use super::{key_follow::follow, several};
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
        follow(&self.live, &[id], self.keys.forget(&[id])).await;
        tracing::info!(vehicle.id = %id, "vehicle deleted");
        Ok(())
    }

    /// Deletes several vehicles, all or none; in force on this server when it answers. Gives their ids in the order in which
    /// they were asked for, each once.
    ///
    /// # Errors
    /// [`crate::Error::Forbidden`] unless the caller is an administrator; [`crate::Error::Invalid`] for more than
    /// [`super::MAX_AT_ONCE`]; [`crate::Error::NoSuchVehicle`] with the first that is not there.
    pub async fn several(&self, actor: &Actor, ids: &[VehicleId]) -> Result<Vec<VehicleId>> {
        let (chosen, within) =
            several::permitted(&*self.repository, actor, Operation::DeleteVehicles, ids).await?;
        let deleted = self.repository.delete_all(&within, &chosen).await?;
        self.live.registry_changed(&deleted);
        follow(&self.live, &chosen, self.keys.forget(&chosen)).await;
        tracing::info!(vehicles = deleted.len(), "vehicles deleted");
        let deleted = several::in_order_of(ids, deleted, actor);
        Ok(deleted.into_iter().map(|vehicle| vehicle.id).collect())
    }
}

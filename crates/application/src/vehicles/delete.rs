use domain::{Operation, VehicleId, vehicle::Version};

use super::{Vehicles, several};
use crate::{Actor, error::Result};

impl Vehicles {
    /// Deletes a vehicle softly: its row is kept, but no query returns it. The deletion is effective on this server
    /// when this returns.
    ///
    /// # Errors
    /// Returns [`crate::Error::Forbidden`] unless the caller is an administrator; [`crate::Error::NotFound`] for a
    /// vehicle that does not exist for the caller; [`crate::Error::VersionMismatch`] when `expected` is given and is
    /// not the current version.
    pub async fn delete(&self, actor: &Actor, id: VehicleId, expected: Option<Version>) -> Result<()> {
        self.permit(actor, Operation::DeleteVehicles, id).await?;
        let deleted = self.repository.delete(actor, id, expected).await?;
        self.changes.vehicle_changed(&deleted);
        self.mapping.forget_vehicles(&[id]).await;
        tracing::info!(vehicle.id = %id, "vehicle deleted");
        Ok(())
    }

    /// Deletes several vehicles, all or none of them. The deletion is effective on this server when this returns.
    /// Returns the ids in the order of the request, without duplicates.
    ///
    /// # Errors
    /// Returns [`crate::Error::Forbidden`] unless the caller is an administrator; [`crate::Error::Invalid`] for more
    /// than [`super::MAX_AT_ONCE`]; [`crate::Error::NoSuchVehicle`] with the lowest id that does not exist for the
    /// caller.
    pub async fn delete_several(&self, actor: &Actor, ids: &[VehicleId]) -> Result<Vec<VehicleId>> {
        let (chosen, within) = self.permit_several(actor, Operation::DeleteVehicles, ids).await?;
        let deleted = self.repository.delete_all(&within, &chosen).await?;
        self.changes.vehicles_changed(&deleted);
        self.mapping.forget_vehicles(&chosen).await;
        tracing::info!(vehicles = deleted.len(), "vehicles deleted");
        let deleted = several::in_order_of(ids, deleted, actor);
        Ok(deleted.into_iter().map(|vehicle| vehicle.id).collect())
    }
}

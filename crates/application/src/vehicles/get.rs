use std::sync::Arc;

use domain::{VehicleId, vehicle::Vehicle};

use crate::{Actor, error::Result, ports::VehicleRepository};

/// Shows one vehicle of the registry.
pub struct GetVehicle {
    repository: Arc<dyn VehicleRepository>,
}

impl GetVehicle {
    /// With what it needs.
    #[must_use]
    pub fn new(repository: Arc<dyn VehicleRepository>) -> Self {
        Self { repository }
    }

    /// The vehicle, or nothing when there is none for this caller.
    ///
    /// # Errors
    /// [`crate::Error::Unavailable`].
    pub async fn execute(&self, actor: &Actor, id: VehicleId) -> Result<Option<Vehicle>> {
        let found = self.repository.find_by_id(&actor.scope, id).await?;
        Ok(found.map(|vehicle| vehicle.within(&actor.scope)))
    }
}

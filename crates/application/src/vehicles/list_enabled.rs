use std::sync::Arc;

use domain::vehicle::Vehicle;

use crate::{Actor, error::Result, ports::VehicleRepository};

/// Shows all vehicles that are enabled.
pub struct ListEnabledVehicles {
    repository: Arc<dyn VehicleRepository>,
}

impl ListEnabledVehicles {
    /// With what it needs.
    #[must_use]
    pub fn new(repository: Arc<dyn VehicleRepository>) -> Self {
        Self { repository }
    }

    /// All that are enabled, in the order in which they were registered.
    ///
    /// # Errors
    /// [`crate::Error::Unavailable`].
    pub async fn execute(&self, actor: &Actor) -> Result<Vec<Vehicle>> {
        self.repository.find_enabled_vehicles(&actor.scope).await
    }
}

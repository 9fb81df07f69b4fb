use std::sync::Arc;

use domain::vehicle::{Vehicle, VehicleType};

use crate::{Actor, error::Result, ports::VehicleRepository};

/// Shows all vehicles of one kind.
pub struct ListVehiclesByType {
    repository: Arc<dyn VehicleRepository>,
}

impl ListVehiclesByType {
    /// With what it needs.
    #[must_use]
    pub fn new(repository: Arc<dyn VehicleRepository>) -> Self {
        Self { repository }
    }

    /// All of the kind, in the order in which they were registered.
    ///
    /// # Errors
    /// [`crate::Error::Unavailable`].
    pub async fn execute(&self, actor: &Actor, kind: VehicleType) -> Result<Vec<Vehicle>> {
        self.repository.find_by_type(&actor.scope, kind).await
    }
}

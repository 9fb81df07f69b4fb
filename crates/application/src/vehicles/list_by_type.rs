use std::sync::Arc;

use domain::vehicle::{Vehicle, VehicleType};

use super::{all_at_once, seen::within};
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
    /// [`crate::Error::TooMany`] when there are more than 10,000.
    pub async fn execute(&self, actor: &Actor, kind: VehicleType) -> Result<Vec<Vehicle>> {
        let found = all_at_once::checked(
            self.repository
                .find_by_type(&actor.scope, kind, all_at_once::ASKED_FOR)
                .await?,
        )?;
        Ok(within(&actor.scope, found))
    }
}

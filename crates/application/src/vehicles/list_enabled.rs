use std::sync::Arc;

use domain::vehicle::Vehicle;

use super::{all_at_once, seen::within};
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
    /// [`crate::Error::TooMany`] when there are more than 10,000.
    pub async fn execute(&self, actor: &Actor) -> Result<Vec<Vehicle>> {
        let found = all_at_once::checked(
            self.repository
                .find_enabled_vehicles(&actor.scope, all_at_once::ASKED_FOR)
                .await?,
        )?;
        Ok(within(&actor.scope, found))
    }
}

use domain::vehicle::{Vehicle, VehicleType};

use super::{Vehicles, all_at_once, seen::within};
use crate::{Actor, error::Result};

impl Vehicles {
    /// Returns all vehicles of one kind, in the order of their registration.
    ///
    /// # Errors
    /// Returns [`crate::Error::TooMany`] when there are more than 10,000.
    pub async fn list_by_type(&self, actor: &Actor, kind: VehicleType) -> Result<Vec<Vehicle>> {
        let found = self
            .repository
            .find_by_type(&actor.scope, kind, all_at_once::ASKED_FOR)
            .await?;
        Ok(within(&actor.scope, all_at_once::checked(found)?))
    }
}

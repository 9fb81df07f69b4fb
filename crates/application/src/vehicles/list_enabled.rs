use domain::vehicle::Vehicle;

use super::{Vehicles, all_at_once, seen::within};
use crate::{Actor, error::Result};

impl Vehicles {
    /// Returns all enabled vehicles, in the order of their registration.
    ///
    /// # Errors
    /// Returns [`crate::Error::TooMany`] when there are more than 10,000.
    pub async fn list_enabled(&self, actor: &Actor) -> Result<Vec<Vehicle>> {
        let found = self
            .repository
            .find_enabled_vehicles(&actor.scope, all_at_once::ASKED_FOR)
            .await?;
        Ok(within(&actor.scope, all_at_once::checked(found)?))
    }
}

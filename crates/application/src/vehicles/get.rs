use domain::{VehicleId, vehicle::Vehicle};

use super::Vehicles;
use crate::{Actor, error::Result};

impl Vehicles {
    /// Returns a vehicle; `None` if it does not exist for the caller.
    ///
    /// # Errors
    /// Returns [`crate::Error::Unavailable`] if the registry is unavailable.
    pub async fn get(&self, actor: &Actor, id: VehicleId) -> Result<Option<Vehicle>> {
        let found = self.repository.find_by_id(&actor.scope, id).await?;
        Ok(found.map(|vehicle| vehicle.within(&actor.scope)))
    }
}

use domain::{Operation, VehicleId};

use super::Vehicles;
use crate::{Actor, Error, error::Result};

impl Vehicles {
    /// Checks that an actor may do that to a vehicle, and returns the actor to do it with, whose scope ends where the
    /// operation does. An actor that can see the vehicle and may not do this is refused; for all others there is no such
    /// vehicle. An actor that may do it wherever it sees is not looked up here: the change itself finds the vehicle or not.
    pub(super) async fn permit(&self, actor: &Actor, operation: Operation, id: VehicleId) -> Result<Actor> {
        let look = async {
            let found = self.repository.find_by_id(&actor.scope, id).await?;
            found.ok_or_else(Error::vehicle_not_found)
        };
        actor.must_be_allowed_on(operation, look).await?;
        let within = actor.within_reach_of(operation);
        if within.scope != actor.scope && self.repository.find_by_id(&within.scope, id).await?.is_none() {
            let found = self.repository.find_by_id(&actor.scope, id).await?;
            return Err(match found {
                Some(_) => Error::Forbidden { operation },
                None => Error::vehicle_not_found(),
            });
        }
        Ok(within)
    }
}

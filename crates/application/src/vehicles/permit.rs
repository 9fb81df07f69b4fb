use domain::{Operation, VehicleId};

use super::Vehicles;
use crate::{Actor, Error, error::Result};

impl Vehicles {
    /// Checks that an actor may perform an operation on a vehicle, and returns the actor with its scope limited to the
    /// vehicles on which it may do so. An actor that can see the vehicle but may not change it gets
    /// [`Error::Forbidden`] or, if only its grants don't allow it, [`Error::Protected`]. An actor that can't see it
    /// gets [`Error::NotFound`], here or from the change itself.
    pub(super) async fn permit(&self, actor: &Actor, operation: Operation, id: VehicleId) -> Result<Actor> {
        let look = async {
            let found = self.repository.find_by_id(&actor.scope, id).await?;
            found.ok_or_else(Error::vehicle_not_found)
        };
        actor.must_be_allowed_on(operation, look).await?;
        let within = actor.within_reach_of(operation);
        // This check is not needed if both scopes are equal: the change itself then fails if the vehicle does not
        // exist.
        if within.scope != actor.scope && self.repository.find_by_id(&within.scope, id).await?.is_none() {
            let found = self.repository.find_by_id(&actor.scope, id).await?;
            return Err(match found {
                Some(_) => Error::granted_to_see_only(),
                None => Error::vehicle_not_found(),
            });
        }
        Ok(within)
    }
}

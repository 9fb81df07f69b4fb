//! Permission for changes to several vehicles, and the order of their results.

use std::collections::{BTreeSet, HashMap};

use domain::{AccessScope, Operation, VehicleId, Violations, vehicle::Vehicle};

use super::{Vehicles, must_all_exist};
use crate::{Actor, Error, error::Result};

/// Maximum number of vehicles per change. One transaction locks all of them, and other changes to these vehicles wait
/// for it.
pub const MAX_AT_ONCE: usize = 1_000;

impl Vehicles {
    /// Checks that an actor may perform an operation on several vehicles. Returns their ids in ascending order without
    /// duplicates, and the actor with its scope limited to the vehicles on which it may perform the operation.
    ///
    /// # Errors
    /// Returns [`Error::Invalid`] for too many ids; [`Error::Forbidden`] or [`Error::Protected`] if the actor can see
    /// all of the vehicles but may not change one of them; [`Error::NoSuchVehicle`] if it can't see one of them, unless
    /// this is left to the change itself.
    pub(super) async fn permit_several(
        &self,
        actor: &Actor,
        operation: Operation,
        ids: &[VehicleId],
    ) -> Result<(Vec<VehicleId>, Actor)> {
        if ids.len() > MAX_AT_ONCE {
            let message = format!("must have at most {MAX_AT_ONCE} elements");
            return Err(Violations::of("ids", message).into());
        }
        let chosen: BTreeSet<VehicleId> = ids.iter().copied().collect();
        let chosen: Vec<VehicleId> = chosen.into_iter().collect();
        let look = self.all_are_there(&actor.scope, &chosen);
        actor.must_be_allowed_on(operation, look).await?;
        let within = actor.within_reach_of(operation);
        if within.scope != actor.scope {
            match self.all_are_there(&within.scope, &chosen).await {
                // The error is `Protected` only if the actor can see all of them. Otherwise, it is `NoSuchVehicle` with
                // the first one that the actor can't see.
                Err(Error::NoSuchVehicle { .. }) => {
                    self.all_are_there(&actor.scope, &chosen).await?;
                    return Err(Error::granted_to_see_only());
                }
                checked => checked?,
            }
        }
        Ok((chosen, within))
    }

    async fn all_are_there(&self, scope: &AccessScope, ids: &[VehicleId]) -> Result<()> {
        let found = self.repository.find_by_ids(scope, ids).await?;
        must_all_exist(&ids.iter().copied().collect(), &found)
    }
}

/// Returns vehicles in the order of `ids`, without duplicates, as the caller sees them.
pub(super) fn in_order_of(ids: &[VehicleId], vehicles: Vec<Vehicle>, actor: &Actor) -> Vec<Vehicle> {
    let mut by_id: HashMap<VehicleId, Vehicle> = vehicles
        .into_iter()
        .map(|vehicle| (vehicle.id, vehicle))
        .collect();
    let found = ids.iter().filter_map(|id| by_id.remove(id));
    found.map(|vehicle| vehicle.within(&actor.scope)).collect()
}

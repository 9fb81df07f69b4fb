use domain::{Operation, VehicleId};

use crate::{Actor, Error, error::Result, ports::VehicleRepository};

/// Checks that an actor may do that to a vehicle, and gives the actor to do it with, whose scope ends where the
/// operation does. An actor that can see the vehicle and may not do this is refused; for all others there is no such
/// vehicle. An actor that may do it wherever it sees is not looked up here: the change itself finds the vehicle or not.
pub(super) async fn on_vehicle(
    vehicles: &dyn VehicleRepository,
    actor: &Actor,
    operation: Operation,
    id: VehicleId,
) -> Result<Actor> {
    let look = async {
        let found = vehicles.find_by_id(&actor.scope, id).await?;
        found.ok_or_else(Error::vehicle_not_found)
    };
    actor.must_be_allowed_on(operation, look).await?;
    let within = actor.within_reach_of(operation);
    if within.scope != actor.scope && vehicles.find_by_id(&within.scope, id).await?.is_none() {
        let found = vehicles.find_by_id(&actor.scope, id).await?;
        return Err(match found {
            Some(_) => Error::Forbidden { operation },
            None => Error::vehicle_not_found(),
        });
    }
    Ok(within)
}

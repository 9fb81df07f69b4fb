use domain::{Operation, VehicleId};

use crate::{Actor, Error, error::Result, ports::VehicleRepository};

/// Lets those pass who may do that to vehicles. Whether there is this vehicle is asked only for those who may not: who
/// can't see it hears that there is none.
pub(super) async fn on_vehicle(
    vehicles: &dyn VehicleRepository,
    actor: &Actor,
    operation: Operation,
    id: VehicleId,
) -> Result<()> {
    let look = async {
        let found = vehicles.find_by_id(&actor.scope, id).await?;
        found.ok_or_else(Error::vehicle_not_found)
    };
    actor.must_be_allowed_on(operation, look).await
}

//! Vehicles as a caller sees them: without the groups that do not exist for it.

use domain::{AccessScope, vehicle::Vehicle};

/// Removes groups outside of the scope from the vehicles.
pub(super) fn within(scope: &AccessScope, vehicles: Vec<Vehicle>) -> Vec<Vehicle> {
    vehicles
        .into_iter()
        .map(|vehicle| vehicle.within(scope))
        .collect()
}

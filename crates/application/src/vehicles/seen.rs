//! Vehicles as a caller sees them: without groups that the caller can't see.

use domain::{AccessScope, vehicle::Vehicle};

/// Removes groups outside the scope from the vehicles.
pub(super) fn within(scope: &AccessScope, vehicles: Vec<Vehicle>) -> Vec<Vehicle> {
    vehicles
        .into_iter()
        .map(|vehicle| vehicle.within(scope))
        .collect()
}

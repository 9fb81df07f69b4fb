//! Groups that do not exist for a caller do not show through the vehicles that do.

use domain::{AccessScope, vehicle::Vehicle};

/// Vehicles as they exist in a scope.
pub(super) fn within(scope: &AccessScope, vehicles: Vec<Vehicle>) -> Vec<Vehicle> {
    vehicles
        .into_iter()
        .map(|vehicle| vehicle.within(scope))
        .collect()
}

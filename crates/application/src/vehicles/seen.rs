//! Groups that do not exist for a caller do not show through the vehicles that do.

use std::borrow::Cow;

use domain::{AccessScope, vehicle::Vehicle};

use crate::ports::VehicleFilter;

/// Vehicles as they exist in a scope.
pub(super) fn within(scope: &AccessScope, vehicles: Vec<Vehicle>) -> Vec<Vehicle> {
    vehicles
        .into_iter()
        .map(|vehicle| vehicle.within(scope))
        .collect()
}

/// The scope that a filter is applied to: who asks for the vehicles of a group gets those that it sees because it sees
/// the group, and none that it sees for another reason; else it could find out who is in it.
pub(crate) fn asked_of<'a>(scope: &'a AccessScope, filter: &VehicleFilter) -> Cow<'a, AccessScope> {
    match filter.group {
        Some(group) => Cow::Owned(scope.through_group(group)),
        None => Cow::Borrowed(scope),
    }
}

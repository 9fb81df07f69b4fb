//! Which vehicles somebody watches: those that it may see, as far as a filter lets them pass.

use std::sync::Arc;

use domain::{AccessScope, vehicle::Vehicle};

use crate::ports::VehicleFilter;

/// A vehicle, and who looks at it.
#[derive(Debug, Clone)]
pub struct SeenVehicle {
    vehicle: Arc<Vehicle>,
    scope: Arc<AccessScope>,
}

impl SeenVehicle {
    pub(super) const fn new(vehicle: Arc<Vehicle>, scope: Arc<AccessScope>) -> Self {
        Self { vehicle, scope }
    }

    /// The vehicle as it exists for who looks at it.
    #[must_use]
    pub fn shown(&self) -> Vehicle {
        (*self.vehicle).clone().within(&self.scope)
    }

    /// The same for another scope of the same looker.
    pub(super) fn look_within(&mut self, scope: &Arc<AccessScope>) {
        self.scope = Arc::clone(scope);
    }

    /// The vehicle as it is.
    pub(super) const fn whole(&self) -> &Arc<Vehicle> {
        &self.vehicle
    }
}

/// The vehicles that somebody watches.
#[derive(Debug, Clone)]
pub(super) struct Selection {
    scope: Arc<AccessScope>,
    filter: Arc<VehicleFilter>,
    /// The scope that the filter is applied to.
    asked: Arc<AccessScope>,
}

impl Selection {
    pub(super) fn new(scope: Arc<AccessScope>, filter: Arc<VehicleFilter>) -> Self {
        let asked = Arc::new(filter.scope_within(&scope).into_owned());
        Self { scope, filter, asked }
    }

    /// The same filter in another scope.
    pub(super) fn within(&self, scope: Arc<AccessScope>) -> Self {
        Self::new(scope, Arc::clone(&self.filter))
    }

    /// All that exists for who watches.
    pub(super) const fn scope(&self) -> &Arc<AccessScope> {
        &self.scope
    }

    /// Where vehicles are looked for.
    pub(super) const fn asked(&self) -> &Arc<AccessScope> {
        &self.asked
    }

    pub(super) fn filter(&self) -> &VehicleFilter {
        &self.filter
    }

    /// Whether a vehicle is one of them.
    pub(super) fn has(&self, vehicle: &Vehicle) -> bool {
        self.asked.shows(vehicle) && self.filter.matches(vehicle)
    }

    /// A vehicle as it exists for who watches.
    pub(super) fn seen(&self, vehicle: &Arc<Vehicle>) -> SeenVehicle {
        SeenVehicle::new(Arc::clone(vehicle), Arc::clone(&self.scope))
    }
}

//! Selections: the vehicles in a client's scope that match a filter.

use std::sync::Arc;

use domain::{AccessScope, vehicle::Vehicle};

use crate::ports::VehicleFilter;

/// A vehicle, with the scope of the client that sees it.
#[derive(Debug, Clone)]
pub struct SeenVehicle {
    vehicle: Arc<Vehicle>,
    scope: Arc<AccessScope>,
}

impl SeenVehicle {
    pub(super) const fn new(vehicle: Arc<Vehicle>, scope: Arc<AccessScope>) -> Self {
        Self { vehicle, scope }
    }

    /// Returns the vehicle as the client sees it, without groups outside the client's scope.
    #[must_use]
    pub fn shown(&self) -> Vehicle {
        (*self.vehicle).clone().within(&self.scope)
    }

    pub(super) fn look_within(&mut self, scope: &Arc<AccessScope>) {
        self.scope = Arc::clone(scope);
    }

    /// Returns the vehicle with all its groups.
    pub(super) const fn whole(&self) -> &Arc<Vehicle> {
        &self.vehicle
    }
}

#[derive(Debug, Clone)]
pub(super) struct Selection {
    scope: Arc<AccessScope>,
    filter: Arc<VehicleFilter>,
    /// The scope, narrowed by the filter.
    asked: Arc<AccessScope>,
}

impl Selection {
    pub(super) fn new(scope: Arc<AccessScope>, filter: Arc<VehicleFilter>) -> Self {
        let asked = Arc::new(filter.scope_within(&scope).into_owned());
        Self { scope, filter, asked }
    }

    pub(super) fn within(&self, scope: Arc<AccessScope>) -> Self {
        Self::new(scope, Arc::clone(&self.filter))
    }

    pub(super) const fn scope(&self) -> &Arc<AccessScope> {
        &self.scope
    }

    pub(super) const fn asked(&self) -> &Arc<AccessScope> {
        &self.asked
    }

    pub(super) fn filter(&self) -> &VehicleFilter {
        &self.filter
    }

    pub(super) fn has(&self, vehicle: &Vehicle) -> bool {
        self.asked.shows(vehicle) && self.filter.matches(vehicle)
    }

    pub(super) fn seen(&self, vehicle: &Arc<Vehicle>) -> SeenVehicle {
        SeenVehicle::new(Arc::clone(vehicle), Arc::clone(&self.scope))
    }
}

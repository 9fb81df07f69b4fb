//! Vehicles as they are shown: now, and from now on.

use std::sync::Arc;

use domain::{AccessScope, VehicleId, vehicle::Vehicle};

use super::Live;
use crate::live::{
    vehicle_watch::{Queue, VehicleWatch, VehicleWatcherId, Wants},
    view::VehicleView,
};

impl Live {
    /// Several vehicles as they are now, each with the status that its robot has reported; `None` for one that is not
    /// known.
    #[must_use]
    pub fn vehicles(&self, ids: &[VehicleId]) -> Vec<Option<Arc<Vehicle>>> {
        let mut core = self.core.lock();
        let mut find = |id: &VehicleId| {
            let index = core.table.index_of(*id)?;
            Some(core.table.at_mut(index).vehicle())
        };
        ids.iter().map(&mut find).collect()
    }

    /// Up to `count` of all vehicles, and the place to go on from. What is added or removed meanwhile may or may not be
    /// among them. The core is free in between, however many vehicles there are.
    #[must_use]
    pub(crate) fn some_vehicles(&self, from: usize, count: usize) -> (Vec<Arc<Vehicle>>, Option<usize>) {
        self.core.lock().table.some_from(from, count)
    }

    /// What is known of an enabled vehicle now, if anything.
    #[must_use]
    pub(crate) fn view(&self, id: VehicleId) -> Option<Arc<VehicleView>> {
        let mut core = self.core.lock();
        let index = core.table.index_of(id)?;
        let vehicle = core.table.at_mut(index);
        vehicle
            .is_enabled
            .then(|| vehicle.view())
            .filter(|view| !view.is_empty())
    }

    /// Lets somebody watch the vehicles of a scope, or one of them. Which vehicles there are is not told; ask for them
    /// after this, and nothing is missed.
    #[must_use]
    pub(crate) fn watch_vehicles(
        self: &Arc<Self>,
        scope: Arc<AccessScope>,
        vehicle: Option<VehicleId>,
        wants: Wants,
    ) -> VehicleWatch {
        let queue = Arc::new(Queue::default());
        let id = self
            .core
            .lock()
            .vehicle_watchers
            .join(scope, vehicle, wants, Arc::clone(&queue));
        VehicleWatch::new(Arc::clone(self), id, queue)
    }

    pub(in crate::live) fn change_vehicle_watch_scope(&self, id: VehicleWatcherId, scope: Arc<AccessScope>) {
        self.core.lock().vehicle_watchers.change_scope(id, scope);
    }

    pub(in crate::live) fn unwatch_vehicles(&self, id: VehicleWatcherId) {
        self.core.lock().vehicle_watchers.part(id);
    }
}

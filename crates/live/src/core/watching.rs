//! Watchers of single changes, which are not merged and have no pace.

use std::sync::Arc;

use domain::{AccessScope, VehicleId, vehicle::Vehicle};

use super::Core;
use crate::{
    indices::VehicleIndex,
    live_table::TableCursor,
    registry_watch::{RegistryQueue, RegistryWatcherId},
    vehicle_watch::{IndexedNews, VehicleNews, VehicleQueue, VehicleWatcherId, Wants},
};

impl Core {
    /// Adds a watcher of the registry: of the vehicles of a scope, or of one of them. Its queue is told each change from
    /// now on.
    pub fn watch_registry(
        &mut self,
        scope: Arc<AccessScope>,
        vehicle: Option<VehicleId>,
    ) -> (RegistryWatcherId, Arc<RegistryQueue>) {
        let queue = Arc::new(RegistryQueue::default());
        (self.watchers.join(scope, vehicle, Arc::clone(&queue)), queue)
    }

    /// Lets a watcher of the registry hear of other vehicles from now on; what waits for it is held to that, too.
    pub fn change_registry_watch(&mut self, id: RegistryWatcherId, scope: Arc<AccessScope>) {
        self.watchers.change_scope(id, scope);
    }

    /// Removes a watcher of the registry.
    pub fn unwatch_registry(&mut self, id: RegistryWatcherId) {
        self.watchers.part(id);
    }

    /// Tells all watchers of the registry that changes are unknown from now on, and ends their watches.
    pub fn lose_registry_news(&mut self) {
        self.watchers.lose();
    }

    /// Adds a watcher of vehicles as they are shown: of a scope, or of one of them.
    pub fn watch_vehicles(
        &mut self,
        scope: Arc<AccessScope>,
        vehicle: Option<VehicleId>,
        wants: Wants,
    ) -> (VehicleWatcherId, Arc<VehicleQueue>) {
        let queue = Arc::new(VehicleQueue::default());
        let id = self
            .vehicle_watchers
            .join(scope, vehicle, wants, Arc::clone(&queue));
        (id, queue)
    }

    /// Lets a watcher of vehicles hear of others from now on. What waits for it is not looked at again.
    pub fn change_vehicle_watch(&mut self, id: VehicleWatcherId, scope: Arc<AccessScope>) {
        self.vehicle_watchers.change_scope(id, scope);
    }

    /// How much news waits for a watcher of vehicles.
    #[must_use]
    pub fn waiting_for(&self, id: VehicleWatcherId) -> usize {
        self.vehicle_watchers.waiting_for(id)
    }

    /// Queues [`VehicleNews::Observed`] for a watcher, of those vehicles at up to `count` places from one on that it asks
    /// for; whether it may see them is for it to judge. Returns how many these are, and the place to go on from. A walk over
    /// the table gives the lock free between its steps. Because an observation waits in the same queue as all else, each
    /// vehicle is seen at its place in the order of its changes.
    pub fn observe_for(
        &mut self,
        id: VehicleWatcherId,
        from: TableCursor,
        count: usize,
        is_asked_for: impl Fn(VehicleIndex, &Vehicle) -> bool,
    ) -> (usize, Option<TableCursor>) {
        let (vehicles, next) = self.table.some_whole(from, count);
        let mut observed = 0;
        for (index, vehicle) in vehicles.filter(|(index, vehicle)| is_asked_for(*index, vehicle)) {
            let news = VehicleNews::Observed { vehicle };
            self.vehicle_watchers
                .post_to(id, Arc::new(IndexedNews { index, news }));
            observed += 1;
        }
        (observed, next)
    }

    /// Removes a watcher of vehicles.
    pub fn unwatch_vehicles(&mut self, id: VehicleWatcherId) {
        self.vehicle_watchers.part(id);
    }
}

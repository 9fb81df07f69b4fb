//! Watchers, which receive each change individually and at once.

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
    /// Adds a watcher of the registry for the vehicles of a scope, or for one of them. Its queue receives each change
    /// from now on.
    pub fn watch_registry(
        &mut self,
        scope: Arc<AccessScope>,
        vehicle: Option<VehicleId>,
    ) -> (RegistryWatcherId, Arc<RegistryQueue>) {
        let queue = Arc::new(RegistryQueue::default());
        (self.watchers.join(scope, vehicle, Arc::clone(&queue)), queue)
    }

    /// Changes the scope of a registry watcher. Queued news other than removals is filtered by the new scope.
    pub fn change_registry_watch(&mut self, id: RegistryWatcherId, scope: Arc<AccessScope>) {
        self.watchers.change_scope(id, scope);
    }

    /// Removes a watcher of the registry.
    pub fn unwatch_registry(&mut self, id: RegistryWatcherId) {
        self.watchers.part(id);
    }

    /// Ends the watches of the registry at up to `limit` places with [`NewsLost`](crate::NewsLost), because changes may
    /// have been missed. Starts at `from`, which is 0 in the first call, and returns where to continue; `None` at the
    /// end.
    pub fn lose_registry_news(&mut self, from: RegistryWatcherId, limit: usize) -> Option<RegistryWatcherId> {
        self.watchers.lose(from, limit)
    }

    /// Adds a watcher of the vehicles of a scope, or of one of them. Its queue receives the news that `wants` selects.
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

    /// Changes the scope of a vehicle watcher. Queued news is not filtered again here; the reader filters it.
    pub fn change_vehicle_watch(&mut self, id: VehicleWatcherId, scope: Arc<AccessScope>) {
        self.vehicle_watchers.change_scope(id, scope);
    }

    /// Returns the number of news items queued for a vehicle watcher.
    #[must_use]
    pub fn waiting_for(&self, id: VehicleWatcherId) -> usize {
        self.vehicle_watchers.waiting_for(id)
    }

    /// Queues an observation ([`VehicleNews::Observed`]) of each vehicle that `is_asked_for` selects, at up to `count`
    /// places of the table, for a watcher. The reader of the queue checks the scope. Returns the number of queued
    /// observations and the place at which to continue; `None` at the end.
    ///
    /// A caller that walks over the table releases the lock between the calls. Because observations share the queue
    /// with all other news, each vehicle is observed at its place in the order of its changes.
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

//! Watches of the registry and of vehicles, which receive each change individually.

use std::{
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use ::live::{
    IndexedNews, NewsLost, RegistryNews, RegistryQueue, RegistryWatcherId, TableCursor, VehicleIndex,
    VehicleQueue, VehicleWatcherId, Wants,
};
use domain::{AccessScope, VehicleId, vehicle::Vehicle};
use futures::Stream;

use super::Live;

macro_rules! watch {
    ($(#[$doc:meta])* $watch:ident: $id:ident, $queue:ident, $news:ident, $change:ident, $part:ident) => {
        $(#[$doc])*
        #[derive(Debug)]
        pub struct $watch {
            live: Arc<Live>,
            id: $id,
            queue: Arc<$queue>,
            is_over: bool,
        }

        impl $watch {
            const fn new(live: Arc<Live>, id: $id, queue: Arc<$queue>) -> Self {
                Self {
                    live,
                    id,
                    queue,
                    is_over: false,
                }
            }

            pub fn change_scope(&self, scope: impl Into<Arc<AccessScope>>) {
                self.live.read(|core, _| core.$change(self.id, scope.into()));
            }
        }

        impl Stream for $watch {
            type Item = Result<Arc<$news>, NewsLost>;

            fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
                if self.is_over {
                    return Poll::Ready(None);
                }
                let polled = self.queue.poll(cx);
                self.is_over = matches!(polled, Poll::Ready(Err(_)));
                polled.map(Some)
            }
        }

        impl Drop for $watch {
            fn drop(&mut self) {
                self.live.read(|core, _| core.$part(self.id));
            }
        }
    };
}

watch! {
    /// A watch of the registry. Delivers each addition, removal and status change of a vehicle since the watch was
    /// created, exactly once and in order. Dropping it ends the watch; otherwise it ends only after [`NewsLost`]. A
    /// change of scope also applies to queued news.
    RegistryWatch: RegistryWatcherId, RegistryQueue, RegistryNews, change_registry_watch, unwatch_registry
}

watch! {
    /// A watch of vehicles. Delivers each change that it selects since it was created, exactly once and in order.
    /// Dropping it ends the watch; otherwise it ends only after [`NewsLost`]. A change of scope does not apply to
    /// queued news.
    VehicleWatch: VehicleWatcherId, VehicleQueue, IndexedNews, change_vehicle_watch, unwatch_vehicles
}

impl Live {
    /// Watches the registry: the vehicles of a scope, or one of them. The watch does not start with the existing
    /// vehicles. A caller that queries them afterwards misses no change.
    #[must_use]
    pub fn watch_registry(
        self: &Arc<Self>,
        scope: impl Into<Arc<AccessScope>>,
        vehicle: Option<VehicleId>,
    ) -> RegistryWatch {
        let (id, queue) = self.read(|core, _| core.watch_registry(scope.into(), vehicle));
        RegistryWatch::new(Arc::clone(self), id, queue)
    }

    /// Watches the vehicles of a scope, or one of them. The watch does not start with the existing vehicles. A caller
    /// that queries them afterwards misses no change.
    #[must_use]
    pub(crate) fn watch_vehicles(
        self: &Arc<Self>,
        scope: Arc<AccessScope>,
        vehicle: Option<VehicleId>,
        wants: Wants,
    ) -> VehicleWatch {
        let (id, queue) = self.read(|core, _| core.watch_vehicles(scope, vehicle, wants));
        VehicleWatch::new(Arc::clone(self), id, queue)
    }
}

impl VehicleWatch {
    /// Changes the scope, and returns the number of news items from earlier scopes that are still to be read.
    pub(crate) fn exchange_scope(&self, scope: &Arc<AccessScope>) -> usize {
        self.live.read(|core, _| {
            // Both happen under one lock: news queued between the two calls would be attributed to the wrong scope.
            core.change_vehicle_watch(self.id, Arc::clone(scope));
            core.waiting_for(self.id)
        })
    }

    /// Queues an observation of each vehicle that `is_asked_for` selects, at up to `count` places of the table. Returns
    /// the number of observations and the place at which to continue; `None` at the end.
    pub(crate) fn observe(
        &self,
        from: TableCursor,
        count: usize,
        is_asked_for: impl Fn(VehicleIndex, &Vehicle) -> bool,
    ) -> (usize, Option<TableCursor>) {
        self.live
            .read(|core, _| core.observe_for(self.id, from, count, is_asked_for))
    }
}

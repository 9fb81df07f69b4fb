//! Watchers of vehicles, which receive each change to a vehicle's data, status and connection, in order.
//!
//! A watcher receives news about a vehicle if its scope covers the vehicle before or after the change. Its reader
//! applies filters, and drops news that is no longer visible at the time of reading.

use std::{
    collections::{BTreeSet, HashMap, VecDeque, hash_map::Entry},
    sync::Arc,
    task::{Context, Poll},
};

use domain::{
    AccessScope, VehicleId,
    telemetry::{ConnectionStatus, ErrorCode, Timestamp},
    vehicle::{Vehicle, VehicleStatus},
};
use futures::task::AtomicWaker;
use parking_lot::Mutex;
use slab::Slab;
use time::OffsetDateTime;

use super::{indices::VehicleIndex, registry_watch::NewsLost};

/// Maximum number of news items queued for one watcher. Beyond that, news is lost and the watch ends.
const MAX_WAITING: usize = 10_000;

/// Id of a watcher.
pub type VehicleWatcherId = usize;

/// A change to one vehicle. The vehicle is included as it was at the moment of the change, with its status at that
/// moment.
#[derive(Debug, Clone, PartialEq)]
pub enum VehicleNews {
    /// The data in the registry changed.
    Changed {
        /// The vehicle before the change; `None` for a new vehicle.
        before: Option<Arc<Vehicle>>,
        /// The vehicle after the change; `None` if it was deleted.
        after: Option<Arc<Vehicle>>,
    },
    /// The robot reported a new status.
    StatusReported {
        /// The vehicle, with the new status.
        vehicle: Arc<Vehicle>,
        /// Previous status.
        old: VehicleStatus,
        /// Time at which the server received the report.
        at: OffsetDateTime,
    },
    /// The connection was lost or restored.
    ConnectionChanged {
        /// The vehicle.
        vehicle: Arc<Vehicle>,
        /// The new connection status.
        connection: ConnectionStatus,
        /// Human-readable reason.
        reason: &'static str,
        /// Time since which messages have been arriving, or have been missing.
        since: Timestamp,
    },
    /// The robot reports an error code that its previous state did not contain.
    ErrorRaised {
        /// The vehicle.
        vehicle: Arc<Vehicle>,
        /// The new error code.
        code: ErrorCode,
        /// Time at which the server received the report.
        at: Timestamp,
    },
    /// The current data of the vehicle, which the watcher requested.
    Observed {
        /// The vehicle.
        vehicle: Arc<Vehicle>,
    },
}

impl VehicleNews {
    /// Returns the vehicle before and after the change, if known.
    fn sides(&self) -> [Option<&Arc<Vehicle>>; 2] {
        match self {
            Self::Changed { before, after } => [before.as_ref(), after.as_ref()],
            Self::StatusReported { vehicle, .. }
            | Self::ConnectionChanged { vehicle, .. }
            | Self::ErrorRaised { vehicle, .. }
            | Self::Observed { vehicle } => [None, Some(vehicle)],
        }
    }
}

/// News about the vehicle at an index of the table. Until the news of a vehicle's deletion, all news with its index
/// concerns that vehicle.
#[derive(Debug, Clone, PartialEq)]
pub struct IndexedNews {
    /// Index of the vehicle in the table.
    pub index: VehicleIndex,
    /// The change.
    pub news: VehicleNews,
}

/// Filter for the kinds of news that a watcher receives.
pub type Wants = fn(&VehicleNews) -> bool;

#[derive(Debug, Default)]
pub(crate) struct VehicleWatchers {
    watchers: Slab<Watcher>,
    /// Watchers of every vehicle in their scopes.
    of_all: BTreeSet<VehicleWatcherId>,
    /// Watchers of a single vehicle. They incur no cost for the events of other vehicles.
    of_one: HashMap<VehicleId, BTreeSet<VehicleWatcherId>>,
}

#[derive(Debug)]
struct Watcher {
    scope: Arc<AccessScope>,
    /// The only vehicle that the watcher follows; `None` for all vehicles in its scope.
    vehicle: Option<VehicleId>,
    wants: Wants,
    queue: Arc<VehicleQueue>,
}

impl VehicleWatchers {
    pub(crate) fn join(
        &mut self,
        scope: Arc<AccessScope>,
        vehicle: Option<VehicleId>,
        wants: Wants,
        queue: Arc<VehicleQueue>,
    ) -> VehicleWatcherId {
        let id = self.watchers.insert(Watcher {
            scope,
            vehicle,
            wants,
            queue,
        });
        match vehicle {
            Some(vehicle) => self.of_one.entry(vehicle).or_default().insert(id),
            None => self.of_all.insert(id),
        };
        id
    }

    pub(crate) fn part(&mut self, id: VehicleWatcherId) {
        match self.watchers.remove(id).vehicle {
            Some(vehicle) => {
                if let Entry::Occupied(mut watchers) = self.of_one.entry(vehicle) {
                    watchers.get_mut().remove(&id);
                    if watchers.get().is_empty() {
                        watchers.remove();
                    }
                }
            }
            None => {
                self.of_all.remove(&id);
            }
        }
    }

    pub(crate) fn change_scope(&mut self, id: VehicleWatcherId, scope: Arc<AccessScope>) {
        self.watchers[id].scope = scope;
    }

    pub(crate) fn waiting_for(&self, id: VehicleWatcherId) -> usize {
        self.watchers[id].queue.state.lock().waiting.len()
    }

    /// Returns `true` if there is a watcher for a vehicle. Scopes are not checked.
    pub(crate) fn is_watched(&self, vehicle: VehicleId) -> bool {
        !self.of_all.is_empty() || self.of_one.contains_key(&vehicle)
    }

    /// Queues news about a vehicle for the watchers that want it and whose scope covers it.
    pub(crate) fn notify(&self, vehicle: VehicleId, news: IndexedNews) {
        let news = Arc::new(news);
        let of_one = self.of_one.get(&vehicle).into_iter().flatten();
        for &id in self.of_all.iter().chain(of_one) {
            let watcher = &self.watchers[id];
            let mut sides = news.news.sides().into_iter().flatten();
            if (watcher.wants)(&news.news) && sides.any(|vehicle| watcher.scope.shows(vehicle)) {
                watcher.queue.put(Arc::clone(&news));
            }
        }
    }

    pub(crate) fn post_to(&self, id: VehicleWatcherId, news: Arc<IndexedNews>) {
        self.watchers[id].queue.put(news);
    }
}

/// The queue of one watcher.
#[derive(Debug, Default)]
pub struct VehicleQueue {
    state: Mutex<State>,
    waker: AtomicWaker,
}

#[derive(Debug, Default)]
struct State {
    waiting: VecDeque<Arc<IndexedNews>>,
    has_lost: bool,
}

impl VehicleQueue {
    /// Adds news. The policy for a slow watcher is that of [`crate::registry_watch`]: the queued news remains, and
    /// [`NewsLost`] ends the watch after it.
    fn put(&self, news: Arc<IndexedNews>) {
        let mut state = self.state.lock();
        if state.waiting.len() >= MAX_WAITING {
            state.has_lost = true;
        }
        if !state.has_lost {
            state.waiting.push_back(news);
        }
        // The lock is released before the wake-up, because the woken task takes it.
        drop(state);
        self.waker.wake();
    }

    /// Takes the next news, or registers the task to be woken when there is news. Supports a single consumer.
    /// [`NewsLost`] is final.
    pub fn poll(&self, cx: &mut Context<'_>) -> Poll<Result<Arc<IndexedNews>, NewsLost>> {
        // The waker is registered before the queue is read; otherwise, news that is queued between the two steps would
        // not wake the task.
        self.waker.register(cx.waker());
        let mut state = self.state.lock();
        match state.waiting.pop_front() {
            Some(news) => Poll::Ready(Ok(news)),
            None if state.has_lost => Poll::Ready(Err(NewsLost)),
            None => Poll::Pending,
        }
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt as _;

    use super::*;
    use crate::sample;

    fn news(code: u32) -> Arc<IndexedNews> {
        let news = VehicleNews::ErrorRaised {
            vehicle: Arc::new(sample::vehicle(1, 1, true)),
            code: ErrorCode::new(&format!("E{code}")).expect("a code"),
            at: Timestamp::from_unix_ms(0).expect("a time"),
        };
        Arc::new(IndexedNews { index: 0, news })
    }

    #[test]
    fn a_slow_watcher_receives_the_waiting_news_and_then_news_lost() {
        let queue = VehicleQueue::default();
        for code in 0..MAX_WAITING as u32 + 2 {
            queue.put(news(code));
        }
        let mut received = 0;
        let end = loop {
            let next = std::future::poll_fn(|cx| queue.poll(cx)).now_or_never();
            match next.expect("it exists") {
                Ok(next) => assert_eq!(next, news(received)),
                Err(lost) => break lost,
            }
            received += 1;
        };
        assert_eq!((received, end), (MAX_WAITING as u32, NewsLost));
    }
}

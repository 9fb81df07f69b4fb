//! Watchers of vehicles as they are shown: each change of a vehicle's data, status and connection, in order.
//!
//! A watcher is queued what its scope shows, before or after the change. What it does not want of that (a filter), and
//! what may not be shown any more by the time it is read, is for its reader to leave out.

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

/// How much news waits for one watcher. One that has not taken it by then is told that some was lost.
const MAX_WAITING: usize = 10_000;

/// Names a watcher.
pub type VehicleWatcherId = usize;

/// A change of one vehicle. Vehicles are as they were at that moment, with the status that the robot had reported.
#[derive(Debug, Clone, PartialEq)]
pub enum VehicleNews {
    /// The registry has other data.
    Changed {
        /// The vehicle before; `None` for a new one.
        before: Option<Arc<Vehicle>>,
        /// The vehicle now; `None` when it was deleted.
        after: Option<Arc<Vehicle>>,
    },
    /// The robot reported another status.
    StatusReported {
        /// The vehicle, with the new status.
        vehicle: Arc<Vehicle>,
        /// The status before.
        old: VehicleStatus,
        /// When the server received the report.
        at: OffsetDateTime,
    },
    /// The robot is heard again, or no longer.
    ConnectionChanged {
        /// The vehicle.
        vehicle: Arc<Vehicle>,
        /// The connection now.
        connection: ConnectionStatus,
        /// Why, in words for a person.
        reason: &'static str,
        /// Since when.
        since: Timestamp,
    },
    /// The robot reports a fault that it did not report before.
    ErrorRaised {
        /// The vehicle.
        vehicle: Arc<Vehicle>,
        /// The fault.
        code: ErrorCode,
        /// When the server received the report.
        at: Timestamp,
    },
    /// The vehicle as it is, for a watcher that has asked for it.
    Observed {
        /// The vehicle.
        vehicle: Arc<Vehicle>,
    },
}

impl VehicleNews {
    /// The vehicle as it was and as it is, as far as it is there.
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

/// News of the vehicle at a place in the table. Until a deletion is queued, all news of a place is of the same vehicle.
#[derive(Debug, Clone, PartialEq)]
pub struct IndexedNews {
    /// The place in the table.
    pub index: VehicleIndex,
    /// The change.
    pub news: VehicleNews,
}

/// The kinds of news that a watcher wants.
pub type Wants = fn(&VehicleNews) -> bool;

/// All watchers of vehicles.
#[derive(Debug, Default)]
pub(crate) struct VehicleWatchers {
    watchers: Slab<Watcher>,
    /// Those of every vehicle in their scopes.
    of_all: BTreeSet<VehicleWatcherId>,
    /// Those of a single vehicle: what happens to others costs nothing for them.
    of_one: HashMap<VehicleId, BTreeSet<VehicleWatcherId>>,
}

#[derive(Debug)]
struct Watcher {
    scope: Arc<AccessScope>,
    /// The only vehicle that it wants to hear of, if there is one.
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

    /// Whether anybody watches a vehicle, as far as its scope reaches.
    pub(crate) fn is_watched(&self, vehicle: VehicleId) -> bool {
        !self.of_all.is_empty() || self.of_one.contains_key(&vehicle)
    }

    /// Queues news of a vehicle for the watchers that may hear of it and want to.
    pub(crate) fn tell(&self, vehicle: VehicleId, news: IndexedNews) {
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

    /// Queues news for one watcher that has asked for it.
    pub(crate) fn post_to(&self, id: VehicleWatcherId, news: Arc<IndexedNews>) {
        self.watchers[id].queue.put(news);
    }
}

/// The news that waits for one watcher.
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
    /// *The policy for a watcher that is too slow* is that of [`crate::registry_watch`]: what waits stays, then it is told
    /// that news was lost, and that is the end.
    fn put(&self, news: Arc<IndexedNews>) {
        let mut state = self.state.lock();
        if state.waiting.len() >= MAX_WAITING {
            state.has_lost = true;
        }
        if !state.has_lost {
            state.waiting.push_back(news);
        }
        drop(state);
        self.waker.wake();
    }

    /// Takes the next news, or has the task woken when there are some. One task at a time. After [`NewsLost`] nothing more comes.
    pub fn poll(&self, cx: &mut Context<'_>) -> Poll<Result<Arc<IndexedNews>, NewsLost>> {
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
    fn a_slow_watcher_gets_what_waits_and_then_that_news_was_lost() {
        let queue = VehicleQueue::default();
        for code in 0..MAX_WAITING as u32 + 2 {
            queue.put(news(code));
        }
        let mut heard = 0;
        let end = loop {
            let next = std::future::poll_fn(|cx| queue.poll(cx)).now_or_never();
            match next.expect("it is there") {
                Ok(next) => assert_eq!(next, news(heard)),
                Err(lost) => break lost,
            }
            heard += 1;
        };
        assert_eq!((heard, end), (MAX_WAITING as u32, NewsLost));
    }
}

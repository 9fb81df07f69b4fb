//! Watchers of vehicles as they are shown: each change of a vehicle's data, status and connection, in order.
//!
//! A watcher is queued what its scope shows, before or after the change. What it does not want of that (a filter), and
//! what may not be shown any more by the time it is read, is for its reader to leave out.

use std::{
    collections::VecDeque,
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

use super::registry_watch::NewsLost;

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
        /// What the connection is now.
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
}

impl VehicleNews {
    /// The vehicle as it was and as it is, as far as it is there.
    fn sides(&self) -> [Option<&Arc<Vehicle>>; 2] {
        match self {
            Self::Changed { before, after } => [before.as_ref(), after.as_ref()],
            Self::StatusReported { vehicle, .. }
            | Self::ConnectionChanged { vehicle, .. }
            | Self::ErrorRaised { vehicle, .. } => [None, Some(vehicle)],
        }
    }
}

/// The kinds of news that a watcher wants.
pub type Wants = fn(&VehicleNews) -> bool;

/// All watchers of vehicles.
#[derive(Debug, Default)]
pub(crate) struct VehicleWatchers(Slab<Watcher>);

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
        self.0.insert(Watcher {
            scope,
            vehicle,
            wants,
            queue,
        })
    }

    pub(crate) fn part(&mut self, id: VehicleWatcherId) {
        self.0.remove(id);
    }

    pub(crate) fn change_scope(&mut self, id: VehicleWatcherId, scope: Arc<AccessScope>) {
        self.0[id].scope = scope;
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Queues news for the watchers that may hear of the vehicle and want to.
    pub(crate) fn tell(&self, news: &Arc<VehicleNews>) {
        for (_, watcher) in &self.0 {
            let is_for = |vehicle: &Arc<Vehicle>| {
                watcher.vehicle.is_none_or(|only| only == vehicle.id) && watcher.scope.shows(vehicle)
            };
            if (watcher.wants)(news) && news.sides().into_iter().flatten().any(is_for) {
                watcher.queue.put(Arc::clone(news));
            }
        }
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
    waiting: VecDeque<Arc<VehicleNews>>,
    has_lost: bool,
}

impl VehicleQueue {
    /// *The policy for a watcher that is too slow* is that of [`crate::registry_watch`]: what waits stays, then it is told
    /// that news was lost, and that is the end.
    fn put(&self, news: Arc<VehicleNews>) {
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
    pub fn poll(&self, cx: &mut Context<'_>) -> Poll<Result<Arc<VehicleNews>, NewsLost>> {
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

    fn news(code: u32) -> Arc<VehicleNews> {
        Arc::new(VehicleNews::ErrorRaised {
            vehicle: Arc::new(sample::vehicle(1, 1, true)),
            code: ErrorCode::new(&format!("E{code}")).expect("a code"),
            at: Timestamp::from_unix_ms(0).expect("a time"),
        })
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

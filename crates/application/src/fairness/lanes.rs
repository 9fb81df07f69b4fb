use std::{collections::HashMap, fmt, hash::Hash, sync::Arc, time::Duration};

use parking_lot::Mutex;
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::timeout,
};

/// Limits concurrency per key. When all permits of a key are taken, further callers wait in a queue of bounded length
/// for a bounded time. Callers with different keys don't wait for each other.
pub struct Lanes<K: Eq + Hash + Copy> {
    width: usize,
    queue: usize,
    patience: Duration,
    open: Mutex<HashMap<K, Lane>>,
}

struct Lane {
    places: Arc<Semaphore>,
    /// Number of callers that hold a permit or wait for one.
    visitors: usize,
}

/// Error returned when no permit became free in time, or the queue is full.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("all permits are taken")]
pub struct Crowded;

impl<K: Eq + Hash + Copy> Lanes<K> {
    /// Allows `width` permits per key, at least one, and `queue` waiting callers per key, each of which waits for at
    /// most `patience`.
    #[must_use]
    pub fn new(width: usize, queue: usize, patience: Duration) -> Arc<Self> {
        Arc::new(Self {
            width: width.max(1),
            queue,
            patience,
            open: Mutex::default(),
        })
    }

    /// Waits for a permit. Cancel-safe: a call that is dropped leaves the queue.
    ///
    /// # Errors
    /// Returns [`Crowded`]: immediately if the queue is full, otherwise after `patience`.
    pub async fn enter(self: &Arc<Self>, key: K) -> Result<LanePermit<K>, Crowded> {
        // The visit counts this caller from here until it is dropped, which also bounds the queue.
        let visit = self.visit(key)?;
        let permit = timeout(self.patience, Arc::clone(&visit.places).acquire_owned()).await;
        match permit {
            Ok(Ok(permit)) => Ok(LanePermit {
                _permit: permit,
                _visit: visit,
            }),
            // The first is unreachable, because the semaphore is never closed. The second is the timeout.
            Ok(Err(_)) | Err(_) => Err(Crowded),
        }
    }

    fn visit(self: &Arc<Self>, key: K) -> Result<Visit<K>, Crowded> {
        let mut open = self.open.lock();
        let lane = open.entry(key).or_insert_with(|| Lane {
            places: Arc::new(Semaphore::new(self.width)),
            visitors: 0,
        });
        if lane.visitors >= self.width + self.queue {
            return Err(Crowded);
        }
        lane.visitors += 1;
        Ok(Visit {
            places: Arc::clone(&lane.places),
            lanes: Arc::clone(self),
            key,
        })
    }
}

impl<K: Eq + Hash + Copy> fmt::Debug for Lanes<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lanes")
            .field("width", &self.width)
            .finish_non_exhaustive()
    }
}

/// A permit of a lane, released when it is dropped.
pub struct LanePermit<K: Eq + Hash + Copy> {
    _permit: OwnedSemaphorePermit,
    _visit: Visit<K>,
}

/// A caller that holds a permit or waits for one. The last caller with a key removes the lane, so there are only as
/// many lanes as keys in use.
struct Visit<K: Eq + Hash + Copy> {
    places: Arc<Semaphore>,
    lanes: Arc<Lanes<K>>,
    key: K,
}

impl<K: Eq + Hash + Copy> Drop for Visit<K> {
    fn drop(&mut self) {
        let mut open = self.lanes.open.lock();
        if let Some(lane) = open.get_mut(&self.key) {
            lane.visitors -= 1;
            // Callers enter under the same lock, so none can be in a lane that is not in the map.
            if lane.visitors == 0 {
                open.remove(&self.key);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt as _;

    use super::*;

    const PATIENCE: Duration = Duration::from_secs(5);

    #[tokio::test(start_paused = true)]
    async fn a_caller_without_a_permit_waits_and_other_keys_do_not() {
        let lanes = Lanes::new(2, 10, PATIENCE);
        let first = lanes.enter(1).await.expect("a permit");
        let _second = lanes.enter(1).await.expect("a permit");
        let mut third = Box::pin(lanes.enter(1));
        assert!((&mut third).now_or_never().is_none());
        assert!(lanes.enter(2).now_or_never().is_some(), "another key");
        drop(first);
        assert!(third.await.is_ok());
    }

    #[tokio::test(start_paused = true)]
    async fn the_queue_and_the_waiting_time_are_bounded() {
        let lanes = Lanes::new(1, 1, PATIENCE);
        let _permit = lanes.enter(1).await.expect("a permit");
        let waiting = lanes.enter(1);
        let (waited, refused) = futures::join!(waiting, async { lanes.enter(1).now_or_never() });
        assert!(matches!(waited, Err(Crowded)), "after its waiting time");
        assert!(matches!(refused, Some(Err(Crowded))), "at once");
    }

    #[tokio::test(start_paused = true)]
    async fn unused_lanes_are_removed() {
        let lanes = Lanes::new(1, 1, PATIENCE);
        let permit = lanes.enter(1).await.expect("a permit");
        assert!(lanes.enter(1).await.is_err());
        assert_eq!(lanes.open.lock().len(), 1);
        drop(permit);
        assert_eq!(lanes.open.lock().len(), 0);
    }
}

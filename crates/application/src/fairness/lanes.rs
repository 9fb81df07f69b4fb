use std::{collections::HashMap, fmt, hash::Hash, sync::Arc, time::Duration};

use parking_lot::Mutex;
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::timeout,
};

/// A few places per key. Those who come when all places of their key are taken wait in a queue of bounded length, for a
/// bounded time; keys do not wait for each other.
pub struct Lanes<K: Eq + Hash + Copy> {
    width: usize,
    queue: usize,
    patience: Duration,
    open: Mutex<HashMap<K, Lane>>,
}

struct Lane {
    places: Arc<Semaphore>,
    /// Those who have a place and those who wait for one.
    visitors: usize,
}

/// There was no place in time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("all places are taken")]
pub struct Crowded;

impl<K: Eq + Hash + Copy> Lanes<K> {
    /// `width` places per key, and `queue` waiting for them at most, for as long as `patience`.
    #[must_use]
    pub fn new(width: usize, queue: usize, patience: Duration) -> Arc<Self> {
        Arc::new(Self {
            width: width.max(1),
            queue,
            patience,
            open: Mutex::default(),
        })
    }

    /// Waits for a place.
    ///
    /// # Errors
    /// [`Crowded`]: at once when the queue is full, else after the time that one may wait.
    pub async fn enter(self: &Arc<Self>, key: K) -> Result<LanePermit<K>, Crowded> {
        let visit = self.visit(key)?;
        let permit = timeout(self.patience, Arc::clone(&visit.places).acquire_owned()).await;
        match permit {
            Ok(Ok(permit)) => Ok(LanePermit {
                _permit: permit,
                _visit: visit,
            }),
            // Nobody closes a lane.
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

/// A place, until it is dropped.
pub struct LanePermit<K: Eq + Hash + Copy> {
    _permit: OwnedSemaphorePermit,
    _visit: Visit<K>,
}

/// Somebody in a lane or before it. The last one closes it, so that there are only as many lanes as there are keys in use.
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
    async fn who_comes_too_late_waits_and_other_keys_do_not() {
        let lanes = Lanes::new(2, 10, PATIENCE);
        let first = lanes.enter(1).await.expect("a place");
        let _second = lanes.enter(1).await.expect("a place");
        let mut third = Box::pin(lanes.enter(1));
        assert!((&mut third).now_or_never().is_none());
        assert!(lanes.enter(2).now_or_never().is_some(), "another key");
        drop(first);
        assert!(third.await.is_ok());
    }

    #[tokio::test(start_paused = true)]
    async fn the_queue_has_an_end_and_so_has_waiting() {
        let lanes = Lanes::new(1, 1, PATIENCE);
        let _place = lanes.enter(1).await.expect("a place");
        let waiting = lanes.enter(1);
        let (waited, refused) = futures::join!(waiting, async { lanes.enter(1).now_or_never() });
        assert!(matches!(waited, Err(Crowded)), "after its time");
        assert!(matches!(refused, Some(Err(Crowded))), "at once");
    }

    #[tokio::test(start_paused = true)]
    async fn lanes_that_nobody_uses_are_forgotten() {
        let lanes = Lanes::new(1, 1, PATIENCE);
        let place = lanes.enter(1).await.expect("a place");
        assert!(lanes.enter(1).await.is_err());
        assert_eq!(lanes.open.lock().len(), 1);
        drop(place);
        assert_eq!(lanes.open.lock().len(), 0);
    }
}

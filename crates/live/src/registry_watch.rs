//! Watchers of the registry, which follow additions, removals and status changes of vehicles.
//!
//! They are separate from the hub, because news about the registry is not merged, has neither a pace nor an initial
//! snapshot, and includes disabled vehicles.

use std::{
    collections::{BTreeSet, VecDeque},
    sync::Arc,
    task::{Context, Poll},
};

use domain::{AccessScope, GroupId, OrganizationId, VehicleId};
use futures::task::AtomicWaker;
use parking_lot::Mutex;
use slab::Slab;

use crate::registry_news::RegistryNews;

/// Maximum number of news items queued for one watcher. Beyond that, news is lost and the watch ends. A change of scope
/// checks them all under the lock of the core; at about 50 ns for each, this takes at most 0.5 ms.
const MAX_WAITING: usize = 10_000;

/// Id of a watcher.
pub type RegistryWatcherId = usize;

#[derive(Debug, Default)]
pub(crate) struct Watchers(Slab<Watcher>);

#[derive(Debug)]
struct Watcher {
    scope: Arc<AccessScope>,
    /// The only vehicle that the watcher follows; `None` for all vehicles in its scope.
    vehicle: Option<VehicleId>,
    queue: Arc<RegistryQueue>,
}

impl Watchers {
    pub(crate) fn join(
        &mut self,
        scope: Arc<AccessScope>,
        vehicle: Option<VehicleId>,
        queue: Arc<RegistryQueue>,
    ) -> RegistryWatcherId {
        self.0.insert(Watcher {
            scope,
            vehicle,
            queue,
        })
    }

    pub(crate) fn part(&mut self, id: RegistryWatcherId) {
        self.0.remove(id);
    }

    /// Queues news for the watchers that follow the vehicle and whose scope covers it.
    pub(crate) fn notify(
        &self,
        news: &Arc<RegistryNews>,
        organization: OrganizationId,
        groups: &BTreeSet<GroupId>,
    ) {
        let vehicle = news.vehicle_id();
        for (_, watcher) in &self.0 {
            let is_wanted = watcher.vehicle.is_none_or(|only| only == vehicle);
            if is_wanted && watcher.scope.covers(organization, groups, vehicle) {
                watcher.queue.put(QueuedNews {
                    news: Arc::clone(news),
                    organization,
                    groups: groups.clone(),
                });
            }
        }
    }

    /// Changes the scope of a watcher, and filters its queued news.
    pub(crate) fn change_scope(&mut self, id: RegistryWatcherId, scope: Arc<AccessScope>) {
        let watcher = &mut self.0[id];
        watcher.queue.hold_to(&scope);
        watcher.scope = scope;
    }

    /// Ends the watches at up to `limit` places with [`NewsLost`], starting at `from`. Returns the place at which to
    /// continue; `None` at the end.
    pub(crate) fn lose(&self, from: RegistryWatcherId, limit: usize) -> Option<RegistryWatcherId> {
        let end = self.0.capacity();
        let to = from.saturating_add(limit).min(end);
        let watchers = (from..to).filter_map(|place| self.0.get(place));
        watchers.for_each(|watcher| watcher.queue.lose());
        (to < end).then_some(to)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// The queue of one watcher.
#[derive(Debug, Default)]
pub struct RegistryQueue {
    state: Mutex<State>,
    waker: AtomicWaker,
}

#[derive(Debug, Default)]
struct State {
    waiting: VecDeque<QueuedNews>,
    has_lost: bool,
}

/// News, with the organisation and groups against which scopes are checked.
#[derive(Debug)]
struct QueuedNews {
    news: Arc<RegistryNews>,
    organization: OrganizationId,
    groups: BTreeSet<GroupId>,
}

/// Error returned when news was lost because it was not read in time or because the server missed changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("events were lost: resubscribe and reload the current state")]
pub struct NewsLost;

impl RegistryQueue {
    /// Adds news.
    ///
    /// *The policy for a slow watcher.* If the queue is full, the queued news remains, in order, and [`NewsLost`] ends
    /// the watch after it. A watch that continued would appear complete without being so.
    fn put(&self, queued: QueuedNews) {
        let mut state = self.state.lock();
        if state.waiting.len() >= MAX_WAITING {
            state.has_lost = true;
        }
        if !state.has_lost {
            state.waiting.push_back(queued);
        }
        // The lock is released before the wake-up, because the woken task takes it.
        drop(state);
        self.waker.wake();
    }

    /// Drops news that the scope does not cover. Removals are kept: the deletion of a vehicle also withdraws the grants
    /// on it, and a subscriber that knew the vehicle must be notified of the deletion.
    fn hold_to(&self, scope: &AccessScope) {
        self.state.lock().waiting.retain(|queued| {
            let QueuedNews {
                news,
                organization,
                groups,
            } = queued;
            matches!(**news, RegistryNews::Removed(_))
                || scope.covers(*organization, groups, news.vehicle_id())
        });
    }

    fn lose(&self) {
        self.state.lock().has_lost = true;
        self.waker.wake();
    }

    /// Takes the next news, or registers the task to be woken when there is news. Supports a single consumer.
    /// [`NewsLost`] is final.
    pub fn poll(&self, cx: &mut Context<'_>) -> Poll<Result<Arc<RegistryNews>, NewsLost>> {
        // The waker is registered before the queue is read; otherwise, news that is queued between the two steps would
        // not wake the task.
        self.waker.register(cx.waker());
        let mut state = self.state.lock();
        match state.waiting.pop_front() {
            Some(queued) => Poll::Ready(Ok(queued.news)),
            None if state.has_lost => Poll::Ready(Err(NewsLost)),
            None => Poll::Pending,
        }
    }
}

#[cfg(test)]
mod tests {
    use futures::{FutureExt as _, StreamExt as _, stream::poll_fn};
    use uuid::Uuid;

    use super::*;

    fn id(n: u128) -> VehicleId {
        VehicleId::from_uuid(Uuid::from_u128(n))
    }

    fn removed(n: u128) -> Arc<RegistryNews> {
        Arc::new(RegistryNews::Removed(id(n)))
    }

    fn queued(news: Arc<RegistryNews>) -> QueuedNews {
        QueuedNews {
            news,
            organization: OrganizationId::DEFAULT,
            groups: BTreeSet::new(),
        }
    }

    fn received(queue: &RegistryQueue) -> Vec<Result<u128, NewsLost>> {
        let mut received = Vec::new();
        let mut news = poll_fn(|cx| queue.poll(cx).map(Some));
        while let Some(Some(next)) = news.next().now_or_never() {
            let next = next.map(|news| news.vehicle_id().as_uuid().as_u128());
            received.push(next);
            if next.is_err() {
                break;
            }
        }
        received
    }

    #[test]
    fn watchers_receive_news_of_followed_vehicles_in_their_scope() {
        let [all, one, theirs] = [(); 3].map(|()| Arc::new(RegistryQueue::default()));
        let their_organization = OrganizationId::from_uuid(Uuid::from_u128(7));
        let their_scope = AccessScope::of_organization(their_organization);
        let our_group = GroupId::from_uuid(Uuid::from_u128(8));
        let grouped = Arc::new(RegistryQueue::default());
        let mut watchers = Watchers::default();
        watchers.join(AccessScope::All.into(), None, Arc::clone(&all));
        watchers.join(AccessScope::All.into(), Some(id(2)), Arc::clone(&one));
        watchers.join(their_scope.into(), None, Arc::clone(&theirs));

        watchers.join(
            AccessScope::of_groups([our_group]).into(),
            None,
            Arc::clone(&grouped),
        );
        let nowhere = BTreeSet::new();
        watchers.notify(&removed(1), OrganizationId::DEFAULT, &nowhere);
        watchers.notify(&removed(2), OrganizationId::DEFAULT, &[our_group].into());
        watchers.notify(&removed(3), their_organization, &nowhere);

        assert_eq!(received(&all), [Ok(1), Ok(2), Ok(3)]);
        assert_eq!(received(&one), [Ok(2)]);
        assert_eq!(received(&theirs), [Ok(3)]);
        assert_eq!(received(&grouped), [Ok(2)]);
    }

    #[test]
    fn lost_news_ends_all_watches() {
        let queues = [(); 7].map(|()| Arc::new(RegistryQueue::default()));
        let mut watchers = Watchers::default();
        for queue in &queues {
            watchers.join(AccessScope::All.into(), None, Arc::clone(queue));
        }
        watchers.notify(&removed(1), OrganizationId::DEFAULT, &BTreeSet::new());
        let (mut from, mut portions) = (Some(0), 0);
        while let Some(place) = from {
            from = watchers.lose(place, 3);
            portions += 1;
        }
        assert!(portions >= 3, "{portions}");
        watchers.notify(&removed(2), OrganizationId::DEFAULT, &BTreeSet::new());
        for queue in &queues {
            assert_eq!(received(queue), [Ok(1), Err(NewsLost)]);
        }
    }

    #[test]
    fn a_slow_watcher_receives_the_waiting_news_and_then_news_lost() {
        let queue = RegistryQueue::default();
        for n in 0..MAX_WAITING as u128 + 2 {
            queue.put(queued(removed(n)));
        }
        let received = received(&queue);
        assert_eq!(received.len(), MAX_WAITING + 1);
        assert_eq!(received[MAX_WAITING - 1], Ok(MAX_WAITING as u128 - 1));
        assert_eq!(received[MAX_WAITING], Err(NewsLost));
    }
}

//! Watchers of the registry: vehicles that come and go, and their statuses.
//!
//! This is beside the hub, because it is another thing: news of the registry are not merged, have no pace and no
//! picture to begin with, and tell of disabled vehicles too.

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

/// How much news waits for one watcher. Who has not taken them by then is told that some were lost.
const MAX_WAITING: usize = 10_000;

/// Names a watcher.
pub type RegistryWatcherId = usize;

/// Everybody who watches the registry.
#[derive(Debug, Default)]
pub(crate) struct Watchers(Slab<Watcher>);

#[derive(Debug)]
struct Watcher {
    scope: Arc<AccessScope>,
    /// The only vehicle that it wants to hear of, if there is one.
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

    /// Tells those who may hear of a vehicle of that organisation and these groups, and want to.
    pub(crate) fn tell(
        &self,
        news: &Arc<RegistryNews>,
        organization: OrganizationId,
        groups: &BTreeSet<GroupId>,
    ) {
        let vehicle = news.vehicle_id();
        for (_, watcher) in &self.0 {
            let is_wanted = watcher.vehicle.is_none_or(|only| only == vehicle);
            if is_wanted && watcher.scope.covers(organization, groups, vehicle) {
                watcher.queue.put(Told {
                    news: Arc::clone(news),
                    organization,
                    groups: groups.clone(),
                });
            }
        }
    }

    /// Lets a watcher hear of other vehicles from now on; what waits for it is held to that, too.
    pub(crate) fn change_scope(&mut self, id: RegistryWatcherId, scope: Arc<AccessScope>) {
        let watcher = &mut self.0[id];
        watcher.queue.hold_to(&scope);
        watcher.scope = scope;
    }

    /// Tells all watchers that changes were lost.
    pub(crate) fn lose(&self) {
        self.0.iter().for_each(|(_, watcher)| watcher.queue.lose());
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// The news that wait for one watcher.
#[derive(Debug, Default)]
pub struct RegistryQueue {
    state: Mutex<State>,
    waker: AtomicWaker,
}

#[derive(Debug, Default)]
struct State {
    waiting: VecDeque<Told>,
    has_lost: bool,
}

/// News, and who may hear of them.
#[derive(Debug)]
struct Told {
    news: Arc<RegistryNews>,
    organization: OrganizationId,
    groups: BTreeSet<GroupId>,
}

/// Some news were lost, because they were not taken in time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("news came faster than they were read, and some were lost: subscribe again and ask for the present")]
pub struct NewsLost;

impl RegistryQueue {
    /// *The policy for a watcher that is too slow.* What waits stays, in order; then it is told once that news were
    /// lost, and that is the end: a watcher that went on would believe that it knows all.
    fn put(&self, told: Told) {
        let mut state = self.state.lock();
        if state.waiting.len() >= MAX_WAITING {
            state.has_lost = true;
        }
        if !state.has_lost {
            state.waiting.push_back(told);
        }
        drop(state);
        self.waker.wake();
    }

    /// Drops what may not be heard in a scope. That a vehicle is gone may be heard by who knew of it: a grant of a
    /// vehicle goes with that.
    fn hold_to(&self, scope: &AccessScope) {
        self.state.lock().waiting.retain(|told| {
            let Told {
                news,
                organization,
                groups,
            } = told;
            matches!(**news, RegistryNews::Removed(_))
                || scope.covers(*organization, groups, news.vehicle_id())
        });
    }

    fn lose(&self) {
        self.state.lock().has_lost = true;
        self.waker.wake();
    }

    /// Takes the next news, or has the task woken when there are some. One task at a time. After [`NewsLost`] nothing more comes.
    pub fn poll(&self, cx: &mut Context<'_>) -> Poll<Result<Arc<RegistryNews>, NewsLost>> {
        self.waker.register(cx.waker());
        let mut state = self.state.lock();
        match state.waiting.pop_front() {
            Some(told) => Poll::Ready(Ok(told.news)),
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

    fn told(news: Arc<RegistryNews>) -> Told {
        Told {
            news,
            organization: OrganizationId::DEFAULT,
            groups: BTreeSet::new(),
        }
    }

    fn heard(queue: &RegistryQueue) -> Vec<Result<u128, NewsLost>> {
        let mut heard = Vec::new();
        let mut news = poll_fn(|cx| queue.poll(cx).map(Some));
        while let Some(Some(next)) = news.next().now_or_never() {
            let next = next.map(|news| news.vehicle_id().as_uuid().as_u128());
            heard.push(next);
            if next.is_err() {
                break;
            }
        }
        heard
    }

    #[test]
    fn each_hears_of_what_it_may_see_and_wants() {
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
        watchers.tell(&removed(1), OrganizationId::DEFAULT, &nowhere);
        watchers.tell(&removed(2), OrganizationId::DEFAULT, &[our_group].into());
        watchers.tell(&removed(3), their_organization, &nowhere);

        assert_eq!(heard(&all), [Ok(1), Ok(2), Ok(3)]);
        assert_eq!(heard(&one), [Ok(2)]);
        assert_eq!(heard(&theirs), [Ok(3)]);
        assert_eq!(heard(&grouped), [Ok(2)]);
    }

    #[test]
    fn what_cannot_be_told_is_told_as_such() {
        let queue = Arc::new(RegistryQueue::default());
        let mut watchers = Watchers::default();
        watchers.join(AccessScope::All.into(), None, Arc::clone(&queue));
        watchers.tell(&removed(1), OrganizationId::DEFAULT, &BTreeSet::new());
        watchers.lose();
        watchers.tell(&removed(2), OrganizationId::DEFAULT, &BTreeSet::new());
        assert_eq!(heard(&queue), [Ok(1), Err(NewsLost)]);
    }

    #[test]
    fn who_is_too_slow_hears_what_waits_and_then_that_news_were_lost() {
        let queue = RegistryQueue::default();
        for n in 0..MAX_WAITING as u128 + 2 {
            queue.put(told(removed(n)));
        }
        let heard = heard(&queue);
        assert_eq!(heard.len(), MAX_WAITING + 1);
        assert_eq!(heard[MAX_WAITING - 1], Ok(MAX_WAITING as u128 - 1));
        assert_eq!(heard[MAX_WAITING], Err(NewsLost));
    }
}

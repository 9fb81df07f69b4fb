//! The identities behind sessions: read from the store once, and kept until the log of the registry reports a change.

use std::{
    collections::HashMap,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use domain::{SessionId, UserId};
use futures::future::join;
use moka::sync::Cache;
use parking_lot::Mutex;
use tokio::{
    sync::{Notify, watch},
    time::{MissedTickBehavior, timeout},
};
use tokio_util::sync::CancellationToken;

use super::rights_watch::{Identity, RightsWatch};
use crate::{error::Result, ports::SessionRepository};

/// How many sessions are kept in memory.
const MAX_KEPT: u64 = 100_000;

/// How long an unused one is kept.
const KEPT_IDLE: Duration = Duration::from_secs(3_600);

/// How long until the store is asked again when it could not answer.
const RETRY: Duration = Duration::from_millis(500);

/// How often sessions that are over are forgotten.
const TIDY_EVERY: Duration = Duration::from_secs(600);

/// How long they are kept until then.
const ENDED_KEPT_FOR: Duration = Duration::from_secs(86_400);

/// The identities behind sessions on this server, and the live sessions among them.
pub struct Identities {
    sessions: Arc<dyn SessionRepository>,
    kept: Cache<SessionId, Arc<Identity>>,
    /// Sessions that are over, and stay so.
    over: Cache<SessionId, ()>,
    /// How many times anybody's rights have changed.
    epoch: AtomicU64,
    /// The live sessions: open sockets and subscriptions.
    present: Mutex<HashMap<SessionId, Presence>>,
    /// Wakes the worker that looks outdated live sessions up again.
    outdated: Notify,
}

struct Presence {
    user: UserId,
    tell: watch::Sender<Option<Arc<Identity>>>,
    /// How many hold it.
    count: usize,
    /// Its rights may be others by now.
    is_outdated: bool,
}

/// A live session that somebody holds; it ends when this is dropped, unless others hold it as well.
struct SessionEntry {
    identities: Arc<Identities>,
    session: SessionId,
}

impl Drop for SessionEntry {
    fn drop(&mut self) {
        self.identities.leave(self.session);
    }
}

/// An identity, and when it was looked up.
pub(super) struct Found {
    pub(super) identity: Arc<Identity>,
    epoch: u64,
}

impl Identities {
    /// Reads identities from these sessions.
    #[must_use]
    pub fn new(sessions: Arc<dyn SessionRepository>) -> Arc<Self> {
        let kept = Cache::builder()
            .max_capacity(MAX_KEPT)
            .time_to_idle(KEPT_IDLE)
            .support_invalidation_closures()
            .build();
        Arc::new(Self {
            sessions,
            kept,
            over: Cache::builder()
                .max_capacity(MAX_KEPT)
                .time_to_live(KEPT_IDLE)
                .build(),
            epoch: AtomicU64::new(0),
            present: Mutex::default(),
            outdated: Notify::new(),
        })
    }

    /// Returns the identity behind a session; `None` when it is over.
    pub(super) async fn find(&self, session: SessionId) -> Result<Option<Found>> {
        let epoch = self.epoch.load(Ordering::Acquire);
        if let Some(identity) = self.kept.get(&session) {
            return Ok(Some(Found { identity, epoch }));
        }
        if self.over.contains_key(&session) {
            return Ok(None);
        }
        let Some(rights) = self.sessions.rights(session).await? else {
            self.over.insert(session, ());
            return Ok(None);
        };
        let identity = Arc::new(Identity::from(rights));
        self.keep(&identity, epoch);
        Ok(Some(Found { identity, epoch }))
    }

    /// Keeps an identity, unless any rights have changed since it was read: it may be older than that change.
    ///
    /// Holds the lock that changes take. Without it a change could come between the comparison of the epochs and the
    /// insertion, and would not forget what is inserted after it.
    fn keep(&self, identity: &Arc<Identity>, read_in: u64) {
        let _changes_wait = self.present.lock();
        if self.epoch.load(Ordering::Acquire) == read_in {
            self.kept.insert(identity.session_id, Arc::clone(identity));
        }
    }

    /// Forgets what is known of a user whose rights have changed, here or on another server.
    pub fn rights_changed(&self, user: UserId) {
        let forget = || {
            self.kept
                .invalidate_entries_if(move |_, identity| identity.user.id == user)
                .expect("the cache was built with support for this");
        };
        self.outdate(forget, |presence| presence.user == user);
    }

    /// Forgets everything, for when it is not known whose rights have changed.
    pub fn any_rights_changed(&self) {
        self.outdate(|| self.kept.invalidate_all(), |_| true);
    }

    fn outdate(&self, forget: impl FnOnce(), is_meant: impl Fn(&Presence) -> bool) {
        let mut present = self.present.lock();
        self.epoch.fetch_add(1, Ordering::AcqRel);
        forget();
        let mut is_any = false;
        for presence in present.values_mut().filter(|presence| is_meant(presence)) {
            presence.is_outdated = true;
            is_any = true;
        }
        drop(present);
        if is_any {
            self.outdated.notify_one();
        }
    }

    /// Begins a live session. Its watch reports all changes after the epoch in which the identity was found.
    pub(super) fn enter(self: &Arc<Self>, found: &Found) -> RightsWatch {
        let mut present = self.present.lock();
        let presence = present
            .entry(found.identity.session_id)
            .or_insert_with(|| Presence {
                user: found.identity.user.id,
                tell: watch::Sender::new(Some(Arc::clone(&found.identity))),
                count: 0,
                is_outdated: false,
            });
        presence.count += 1;
        let is_newest = self.epoch.load(Ordering::Acquire) == found.epoch;
        if is_newest {
            presence.announce(Some(Arc::clone(&found.identity)));
        }
        let mut watch = presence.tell.subscribe();
        if !is_newest {
            // Other sockets of this session may have been notified meanwhile, and that is not repeated for this one.
            if watch.borrow().as_ref() != Some(&found.identity) {
                watch.mark_changed();
            }
            presence.is_outdated = true;
            self.outdated.notify_one();
        }
        let live_session = SessionEntry {
            identities: Arc::clone(self),
            session: found.identity.session_id,
        };
        RightsWatch::of(watch, live_session)
    }

    fn leave(&self, session: SessionId) {
        let mut present = self.present.lock();
        if let Some(presence) = present.get_mut(&session) {
            presence.count -= 1;
            if presence.count == 0 {
                present.remove(&session);
            }
        }
    }

    /// Notifies all sockets of a session of the identity that one of them has found. Otherwise the worker, which compares
    /// with the last notification, would miss a change that is taken back before it looks. Returns whether no rights have
    /// changed since the identity was found.
    pub(super) fn take_over(&self, found: &Found) -> bool {
        let mut present = self.present.lock();
        let is_newest = self.epoch.load(Ordering::Acquire) == found.epoch;
        if is_newest && let Some(presence) = present.get_mut(&found.identity.session_id) {
            presence.announce(Some(Arc::clone(&found.identity)));
        }
        is_newest
    }

    /// Looks live sessions up again whenever their rights may have changed, until it is asked to stop.
    pub async fn run(self: Arc<Self>, stop: CancellationToken) {
        // Side by side: changed rights must not wait until the store is tidy.
        let tidy = async {
            let mut turns = tokio::time::interval(TIDY_EVERY);
            turns.set_missed_tick_behavior(MissedTickBehavior::Delay);
            loop {
                turns.tick().await;
                self.tidy().await;
            }
        };
        let follow = async {
            loop {
                self.outdated.notified().await;
                while let Err(error) = self.look_again().await {
                    tracing::debug!(%error, "changed rights can't be read, and are read again soon");
                    let _ = timeout(RETRY, self.outdated.notified()).await;
                }
            }
        };
        stop.run_until_cancelled(join(follow, tidy)).await;
    }

    /// Deletes sessions that ended long ago, with their tokens.
    async fn tidy(&self) {
        if let Err(error) = self.sessions.forget_ended(ENDED_KEPT_FOR).await {
            tracing::debug!(%error, "sessions that are over could not be forgotten");
        }
    }

    async fn look_again(&self) -> Result<()> {
        while let Some(session) = self.next_outdated() {
            let epoch = self.epoch.load(Ordering::Acquire);
            let rights = match self.sessions.rights(session).await {
                Ok(rights) => rights,
                Err(error) => {
                    self.outdate_session(session);
                    return Err(error);
                }
            };
            let identity = rights.map(|rights| Arc::new(Identity::from(rights)));
            if let Some(identity) = &identity {
                self.keep(identity, epoch);
            }
            self.tell(session, identity);
        }
        Ok(())
    }

    /// Takes the mark off an outdated session, and returns it.
    fn next_outdated(&self) -> Option<SessionId> {
        let mut present = self.present.lock();
        let (session, presence) = present.iter_mut().find(|(_, presence)| presence.is_outdated)?;
        presence.is_outdated = false;
        Some(*session)
    }

    fn outdate_session(&self, session: SessionId) {
        if let Some(presence) = self.present.lock().get_mut(&session) {
            presence.is_outdated = true;
        }
    }

    fn tell(&self, session: SessionId, identity: Option<Arc<Identity>>) {
        if let Some(presence) = self.present.lock().get(&session) {
            presence.announce(identity);
        }
    }
}

impl Presence {
    fn announce(&self, identity: Option<Arc<Identity>>) {
        self.tell.send_if_modified(|known| {
            let is_news = *known != identity;
            *known = identity;
            is_news
        });
    }
}

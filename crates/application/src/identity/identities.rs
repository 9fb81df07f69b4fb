//! The identities behind sessions. They are read from the store and cached. A change to the user's rights invalidates
//! them.
//!
//! The cache is guarded by an epoch, which counts changes to rights. A reader loads the epoch before it looks an
//! identity up. If the epoch is the same afterwards, no change occurred during the lookup, and the identity is current.
//! Otherwise, the identity may be outdated: it is not cached, and a live session that starts with it is looked up
//! again.

use std::{
    collections::{BTreeSet, HashMap},
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

/// Maximum number of sessions in the cache.
const MAX_KEPT: u64 = 100_000;

/// Time after which an unused session is evicted from the cache, and for which an ended session is remembered.
const KEPT_IDLE: Duration = Duration::from_secs(3_600);

/// Maximum delay before the store is read again after a failure.
const RETRY: Duration = Duration::from_millis(500);

/// Interval between deletions of expired sessions.
const TIDY_EVERY: Duration = Duration::from_secs(600);

/// Time for which expired sessions are kept in the store.
const ENDED_KEPT_FOR: Duration = Duration::from_secs(86_400);

/// Caches the identities behind sessions, and tracks the live sessions of this server.
pub struct Identities {
    sessions: Arc<dyn SessionRepository>,
    kept: Cache<SessionId, Arc<Identity>>,
    /// Sessions that have ended. They never become valid again, so these entries need no invalidation.
    over: Cache<SessionId, ()>,
    /// Number of changes of rights so far.
    epoch: AtomicU64,
    /// Live sessions: those of open sockets and subscriptions. The epoch changes under this lock only.
    present: Mutex<Presences>,
    /// Wakes the worker that reloads outdated live sessions.
    outdated: Notify,
}

#[derive(Default)]
struct Presences {
    sessions: HashMap<SessionId, Presence>,
    /// Live sessions whose rights may have changed since their last lookup, in the order of their next lookup.
    outdated: BTreeSet<(Suspicion, SessionId)>,
}

/// Reason why a session may be outdated. Sessions with earlier variants are looked up first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Suspicion {
    /// The user's rights have changed, or may have changed while they were looked up.
    Changed,
    /// The rights of any user may have changed. The many lookups that follow must not delay those that other changes
    /// cause.
    Unknown,
}

struct Presence {
    user: UserId,
    tell: watch::Sender<Option<Arc<Identity>>>,
    /// Number of [`SessionEntry`] values for the session.
    count: usize,
}

/// A reference to a live session, which ends when the last reference is dropped.
struct SessionEntry {
    identities: Arc<Identities>,
    session: SessionId,
}

impl Drop for SessionEntry {
    fn drop(&mut self) {
        self.identities.leave(self.session);
    }
}

/// An identity, with the epoch in which its lookup started.
pub(super) struct Found {
    pub(super) identity: Arc<Identity>,
    epoch: u64,
}

impl Identities {
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

    /// Returns the identity behind a session; `None` if the session has ended.
    pub(super) async fn find(&self, session: SessionId) -> Result<Option<Found>> {
        // Load the epoch before the lookup, so that the result is treated as outdated if rights change during the
        // lookup.
        let epoch = self.epoch.load(Ordering::Acquire);
        if let Some(identity) = self.kept.get(&session) {
            return Ok(Some(Found { identity, epoch }));
        }
        if self.over.contains_key(&session) {
            return Ok(None);
        }
        let Some(rights) = self.sessions.rights(session).await? else {
            // This is final: an expired session cannot be refreshed, and disabling a user deletes the user's sessions.
            self.over.insert(session, ());
            return Ok(None);
        };
        let identity = Arc::new(Identity::from(rights));
        self.keep(&identity, epoch);
        Ok(Some(Found { identity, epoch }))
    }

    /// Caches an identity, unless rights have changed since the epoch `read_in`, because it may then be outdated.
    ///
    /// Holds the lock under which the epoch changes. Otherwise, a change could invalidate the cache between the
    /// comparison and the insertion, and the outdated identity would stay cached.
    fn keep(&self, identity: &Arc<Identity>, read_in: u64) {
        let _changes_wait = self.present.lock();
        if self.epoch.load(Ordering::Acquire) == read_in {
            self.kept.insert(identity.session_id, Arc::clone(identity));
        }
    }

    /// Invalidates the identities of a user whose rights have changed on any server, and marks the user's live sessions
    /// to be looked up again.
    pub fn rights_changed(&self, user: UserId) {
        let forget = || {
            self.kept
                .invalidate_entries_if(move |_, identity| identity.user.id == user)
                .expect("the cache was built with support for this");
        };
        self.outdate(forget, Suspicion::Changed, |presence| presence.user == user);
    }

    /// Invalidates all identities, and marks all live sessions to be looked up again. Used when it is not known whose
    /// rights have changed.
    pub fn any_rights_changed(&self) {
        self.outdate(|| self.kept.invalidate_all(), Suspicion::Unknown, |_| true);
    }

    fn outdate(&self, forget: impl FnOnce(), suspicion: Suspicion, is_meant: impl Fn(&Presence) -> bool) {
        let mut present = self.present.lock();
        // Do all of this under the lock, so that `keep` and `enter` never see the new epoch without the emptied cache
        // and the marks.
        self.epoch.fetch_add(1, Ordering::AcqRel);
        forget();
        let mut is_any = false;
        let Presences { sessions, outdated } = &mut *present;
        for (session, _) in sessions.iter().filter(|(_, presence)| is_meant(presence)) {
            outdated.insert((suspicion, *session));
            is_any = true;
        }
        drop(present);
        if is_any {
            self.outdated.notify_one();
        }
    }

    /// Starts a live session. The returned watch reports any change since the epoch in which the identity was found.
    pub(super) fn enter(self: &Arc<Self>, found: &Found) -> RightsWatch {
        let mut present = self.present.lock();
        let Presences { sessions, outdated } = &mut *present;
        let presence = sessions
            .entry(found.identity.session_id)
            .or_insert_with(|| Presence {
                user: found.identity.user.id,
                tell: watch::Sender::new(Some(Arc::clone(&found.identity))),
                count: 0,
            });
        presence.count += 1;
        let is_newest = self.epoch.load(Ordering::Acquire) == found.epoch;
        if is_newest {
            presence.announce(Some(Arc::clone(&found.identity)));
        }
        // A new receiver treats the current value as seen, so the current identity must be announced before
        // subscribing.
        let mut watch = presence.tell.subscribe();
        if !is_newest {
            // The identity may be outdated. If other sockets of this session have already been notified of a newer one,
            // the new watch has not seen it, and nothing will announce it again.
            if watch.borrow().as_ref() != Some(&found.identity) {
                watch.mark_changed();
            }
            outdated.insert((Suspicion::Changed, found.identity.session_id));
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
        let Presences { sessions, outdated } = &mut *present;
        if let Some(presence) = sessions.get_mut(&session) {
            presence.count -= 1;
            if presence.count == 0 {
                sessions.remove(&session);
                outdated.remove(&(Suspicion::Changed, session));
                outdated.remove(&(Suspicion::Unknown, session));
            }
        }
    }

    /// Announces to all sockets of a session an identity that one of them has looked up. Otherwise, the worker would
    /// miss a change that is reverted before its own lookup, because it compares with the last announced identity.
    /// Returns `true` if the identity is current.
    pub(super) fn take_over(&self, found: &Found) -> bool {
        let present = self.present.lock();
        let is_newest = self.epoch.load(Ordering::Acquire) == found.epoch;
        if is_newest && let Some(presence) = present.sessions.get(&found.identity.session_id) {
            presence.announce(Some(Arc::clone(&found.identity)));
        }
        is_newest
    }

    /// Reloads live sessions whenever their rights may have changed, and deletes expired sessions at intervals, until
    /// `stop`.
    pub async fn run(self: Arc<Self>, stop: CancellationToken) {
        // Run this concurrently, so that a change of rights does not wait for the deletion of old sessions.
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
                // A session that is marked during the loop below leaves a permit here, so no mark is missed.
                self.outdated.notified().await;
                while let Err(error) = self.look_again().await {
                    tracing::debug!(
                        error = error.chain(),
                        "could not read changed rights; will retry later"
                    );
                    let _ = timeout(RETRY, self.outdated.notified()).await;
                }
            }
        };
        stop.run_until_cancelled(join(follow, tidy)).await;
    }

    /// Deletes sessions that expired at least [`ENDED_KEPT_FOR`] ago, with their tokens.
    async fn tidy(&self) {
        if let Err(error) = self.sessions.forget_ended(ENDED_KEPT_FOR).await {
            tracing::debug!(
                error = error.chain(),
                "could not delete old sessions; will retry later"
            );
        }
    }

    async fn look_again(&self) -> Result<()> {
        // The mark is removed before the read. If rights change during the read, it is set again, and the session is
        // read once more.
        while let Some((suspicion, session)) = self.next_outdated() {
            let epoch = self.epoch.load(Ordering::Acquire);
            let rights = match self.sessions.rights(session).await {
                Ok(rights) => rights,
                Err(error) => {
                    // The mark was removed before the read. It is set again, so that the retry finds the session.
                    self.outdate_session(suspicion, session);
                    return Err(error);
                }
            };
            let identity = rights.map(|rights| Arc::new(Identity::from(rights)));
            if let Some(identity) = &identity {
                self.keep(identity, epoch);
            }
            // Announce the identity even if it is already outdated: a change of the user's rights has marked the
            // session again.
            self.notify(session, identity);
        }
        Ok(())
    }

    /// Returns the next outdated session, and removes its marks.
    fn next_outdated(&self) -> Option<(Suspicion, SessionId)> {
        let mut present = self.present.lock();
        let (suspicion, session) = present.outdated.pop_first()?;
        // One lookup is enough for both marks.
        present.outdated.remove(&(Suspicion::Unknown, session));
        Some((suspicion, session))
    }

    fn outdate_session(&self, suspicion: Suspicion, session: SessionId) {
        let mut present = self.present.lock();
        if present.sessions.contains_key(&session) {
            present.outdated.insert((suspicion, session));
        }
    }

    fn notify(&self, session: SessionId, identity: Option<Arc<Identity>>) {
        if let Some(presence) = self.present.lock().sessions.get(&session) {
            presence.announce(identity);
        }
    }
}

impl Presence {
    fn announce(&self, identity: Option<Arc<Identity>>) {
        // Sockets are only woken by a different identity.
        self.tell.send_if_modified(|known| {
            let is_news = *known != identity;
            *known = identity;
            is_news
        });
    }
}

use std::{future::pending, sync::Arc};

use domain::{AccessScope, SessionId, User};
use tokio::sync::watch;

use crate::ports::SessionRights;

/// User behind a session, with their rights.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    pub session_id: SessionId,
    pub user: User,
    /// Vehicles that the user may see.
    pub scope: Arc<AccessScope>,
    /// Vehicles that the user may operate, a part of `scope`.
    pub operable: Arc<AccessScope>,
}

impl From<SessionRights> for Identity {
    fn from(rights: SessionRights) -> Self {
        let SessionRights {
            session,
            user,
            grants,
        } = rights;
        let (role, home) = (user.role, user.organization_id);
        let targets = grants.iter().map(|grant| grant.target);
        let scope = Arc::new(AccessScope::of_user(role, home, targets));
        let operable = AccessScope::operable_by(role, home, grants);
        // Many users may operate everything that they see. Both fields then share one scope.
        let operable = match operable == *scope {
            true => Arc::clone(&scope),
            false => Arc::new(operable),
        };
        Self {
            session_id: session,
            user,
            scope,
            operable,
        }
    }
}

/// Reports changes to the rights of a live session. Clones report the same changes. The session stays live as long as
/// any clone exists, because a socket may continue with another session while its subscriptions stay with this one.
#[derive(Clone)]
pub struct RightsWatch(Option<Watch>);

#[derive(Clone)]
struct Watch {
    receiver: watch::Receiver<Option<Arc<Identity>>>,
    /// Keeps the session live.
    _live_session: Arc<dyn Send + Sync>,
}

impl RightsWatch {
    /// Returns a watch that never reports a change.
    #[must_use]
    pub const fn unchanging() -> Self {
        Self(None)
    }

    pub(super) fn of(
        receiver: watch::Receiver<Option<Arc<Identity>>>,
        live_session: impl Send + Sync + 'static,
    ) -> Self {
        Self(Some(Watch {
            receiver,
            _live_session: Arc::new(live_session),
        }))
    }

    /// Waits for a change and returns the new identity. Once the session has ended, every call returns `None`.
    /// Cancel-safe.
    pub async fn changed(&mut self) -> Option<Arc<Identity>> {
        let Some(Watch { receiver, .. }) = &mut self.0 else {
            return pending().await;
        };
        // The end of a session is final, so it is returned again even if it has been seen.
        if receiver.borrow().is_none() {
            return None;
        }
        match receiver.changed().await {
            Ok(()) => receiver.borrow_and_update().clone(),
            // Unreachable: the sender lives as long as `_live_session`.
            Err(_) => None,
        }
    }

    /// Marks an identity as seen, so that only a different one is reported.
    pub(super) fn take_note(&mut self, of: &Arc<Identity>) {
        if let Some(Watch { receiver, .. }) = &mut self.0 {
            // Another identity may have been announced in the meantime. It must still be reported.
            let is_it = receiver.borrow_and_update().as_ref() == Some(of);
            if !is_it {
                receiver.mark_changed();
            }
        }
    }

    /// Returns the current scope of the session, which is empty once the session has ended. `at_first` is the scope at
    /// the start of the watch, which an [unchanging](Self::unchanging) watch returns.
    #[must_use]
    pub fn current_scope(&self, at_first: &Arc<AccessScope>) -> Arc<AccessScope> {
        let Some(Watch { receiver, .. }) = &self.0 else {
            return Arc::clone(at_first);
        };
        match &*receiver.borrow() {
            Some(identity) => Arc::clone(&identity.scope),
            None => Arc::new(AccessScope::nothing()),
        }
    }
}

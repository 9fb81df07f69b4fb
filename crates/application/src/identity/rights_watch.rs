use std::{future::pending, sync::Arc};

use domain::{AccessScope, SessionId, User};
use tokio::sync::watch;

use crate::ports::SessionRights;

/// The user behind a session, with its rights.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// The session.
    pub session_id: SessionId,
    /// Whose it is.
    pub user: User,
    /// The vehicles that exist for the user.
    pub scope: Arc<AccessScope>,
    /// Those of them that the user may operate.
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
        // Most users may operate all or nothing of what they see: they need no second copy of it.
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

/// Reports changes of the rights of a caller that stays. Clones report the same changes. The session is a live one as long
/// as any of them exists: an open socket may go on with another session, while its subscriptions stay with this one.
#[derive(Clone)]
pub struct RightsWatch(Option<Watch>);

#[derive(Clone)]
struct Watch {
    receiver: watch::Receiver<Option<Arc<Identity>>>,
    /// Keeps the session a live one.
    _live_session: Arc<dyn Send + Sync>,
}

impl RightsWatch {
    /// A watch that never reports a change.
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

    /// Waits for a change, and returns the identity since then; `None` once the session is over, at every further call.
    /// Cancel-safe.
    pub async fn changed(&mut self) -> Option<Arc<Identity>> {
        let Some(Watch { receiver, .. }) = &mut self.0 else {
            return pending().await;
        };
        if receiver.borrow().is_none() {
            return None;
        }
        match receiver.changed().await {
            Ok(()) => receiver.borrow_and_update().clone(),
            // The sender lives as long as the live session, so this does not happen.
            Err(_) => None,
        }
    }

    /// Marks an identity as seen, so that only another one is reported.
    pub(super) fn take_note(&mut self, of: &Arc<Identity>) {
        if let Some(Watch { receiver, .. }) = &mut self.0 {
            let is_it = receiver.borrow_and_update().as_ref() == Some(of);
            if !is_it {
                receiver.mark_changed();
            }
        }
    }

    /// Returns the vehicles that exist now for a caller for whom those of `at_first` existed when the watch began.
    #[must_use]
    pub fn present_scope(&self, at_first: &Arc<AccessScope>) -> Arc<AccessScope> {
        let Some(Watch { receiver, .. }) = &self.0 else {
            return Arc::clone(at_first);
        };
        match &*receiver.borrow() {
            Some(identity) => Arc::clone(&identity.scope),
            None => Arc::new(AccessScope::nothing()),
        }
    }
}

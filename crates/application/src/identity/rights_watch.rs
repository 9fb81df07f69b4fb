use std::{future::pending, sync::Arc};

use domain::{AccessScope, SessionId, User};
use tokio::sync::watch;

use crate::ports::SessionRights;

/// Who stands behind a session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// The session.
    pub session_id: SessionId,
    /// Whose it is.
    pub user: User,
    /// What exists for that user.
    pub scope: Arc<AccessScope>,
    /// The part of it that the user may operate.
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

/// Where somebody who stays for long hears that its rights are others by now.
#[derive(Debug, Clone)]
pub struct RightsWatch(Option<watch::Receiver<Option<Arc<Identity>>>>);

impl RightsWatch {
    /// For who has the same rights for ever.
    #[must_use]
    pub const fn unchanging() -> Self {
        Self(None)
    }

    pub(super) const fn of(receiver: watch::Receiver<Option<Arc<Identity>>>) -> Self {
        Self(Some(receiver))
    }

    /// Waits until they change: who it is now; `None` when it is nobody any more, which is told again and again.
    /// Cancel-safe.
    pub async fn changed(&mut self) -> Option<Arc<Identity>> {
        let Some(receiver) = &mut self.0 else {
            return pending().await;
        };
        if receiver.borrow().is_none() {
            return None;
        }
        match receiver.changed().await {
            Ok(()) => receiver.borrow_and_update().clone(),
            // Nobody is left who would tell.
            Err(_) => None,
        }
    }

    /// Takes note of who it is, so that it is not told of that; of anything else it is.
    pub(super) fn take_note(&mut self, of: &Arc<Identity>) {
        if let Some(receiver) = &mut self.0 {
            let is_it = receiver.borrow_and_update().as_ref() == Some(of);
            if !is_it {
                receiver.mark_changed();
            }
        }
    }

    /// Returns the vehicles that exist now for a caller for whom those of `at_first` existed when the watch began.
    #[must_use]
    pub fn present_scope(&self, at_first: &Arc<AccessScope>) -> Arc<AccessScope> {
        let Some(receiver) = &self.0 else {
            return Arc::clone(at_first);
        };
        match &*receiver.borrow() {
            Some(identity) => Arc::clone(&identity.scope),
            None => Arc::new(AccessScope::nothing()),
        }
    }
}

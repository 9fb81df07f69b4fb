use std::sync::Arc;

use domain::{Operation, SessionId};

use super::Identities;
use crate::{
    Actor,
    error::Result,
    live::Live,
    ports::{Session, SessionRepository},
};

/// A session as its owner sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionView {
    /// The session.
    pub session: Session,
    /// Whether it is the one that the owner asks from.
    pub is_current: bool,
}

/// Shows one's own sessions.
pub struct ListSessions {
    sessions: Arc<dyn SessionRepository>,
}

impl ListSessions {
    /// With what it needs.
    #[must_use]
    pub fn new(sessions: Arc<dyn SessionRepository>) -> Self {
        Self { sessions }
    }

    /// Those that are not over, the newest first.
    ///
    /// # Errors
    /// [`crate::Error::Unavailable`].
    pub async fn execute(&self, actor: &Actor) -> Result<Vec<SessionView>> {
        actor.must_be_allowed(Operation::ManageOwnAccount)?;
        let sessions = self.sessions.find_all(actor.user_id).await?;
        let view = |session: Session| SessionView {
            is_current: Some(session.id) == actor.session_id,
            session,
        };
        Ok(sessions.into_iter().map(view).collect())
    }
}

/// Ends one of one's own sessions.
pub struct RevokeSession {
    sessions: Arc<dyn SessionRepository>,
    identities: Arc<Identities>,
    live: Arc<Live>,
}

impl RevokeSession {
    /// With what it needs.
    #[must_use]
    pub fn new(sessions: Arc<dyn SessionRepository>, identities: Arc<Identities>, live: Arc<Live>) -> Self {
        Self {
            sessions,
            identities,
            live,
        }
    }

    /// Ends it: none of its tokens is good any more, and its sockets are closed.
    ///
    /// # Errors
    /// [`crate::Error::NotFound`] for a session of somebody else, or one that is over.
    pub async fn execute(&self, actor: &Actor, session: SessionId) -> Result<()> {
        actor.must_be_allowed(Operation::ManageOwnAccount)?;
        self.sessions.end(actor, session).await?;
        self.identities.rights_changed(actor.user_id);
        self.live.log_grew();
        Ok(())
    }
}

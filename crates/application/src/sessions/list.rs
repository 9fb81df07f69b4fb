use domain::Operation;

use super::Sessions;
use crate::{Actor, error::Result, ports::Session};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionView {
    pub session: Session,
    /// Whether the caller uses this session.
    pub is_current: bool,
}

impl Sessions {
    /// Returns the caller's own sessions that have not ended, newest first.
    ///
    /// # Errors
    /// Returns [`crate::Error::Unavailable`] if the registry is unavailable.
    pub async fn list(&self, actor: &Actor) -> Result<Vec<SessionView>> {
        actor.must_be_allowed(Operation::ManageOwnAccount)?;
        let sessions = self.repository.find_all(actor.user_id).await?;
        let view = |session: Session| SessionView {
            is_current: Some(session.id) == actor.session_id,
            session,
        };
        Ok(sessions.into_iter().map(view).collect())
    }
}

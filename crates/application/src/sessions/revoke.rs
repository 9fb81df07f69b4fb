use domain::{Operation, SessionId};

use super::Sessions;
use crate::{Actor, error::Result};

impl Sessions {
    /// Ends one of the caller's own sessions: its tokens become invalid and its sockets are closed.
    ///
    /// # Errors
    /// [`crate::Error::NotFound`] for a session of another user, or one that is over.
    pub async fn revoke(&self, actor: &Actor, session: SessionId) -> Result<()> {
        actor.must_be_allowed(Operation::ManageOwnAccount)?;
        self.repository.end(actor, session).await?;
        self.changes.rights_changed(actor.user_id);
        Ok(())
    }
}

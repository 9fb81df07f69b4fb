use domain::{Operation, SessionId};

use super::Sessions;
use crate::{Actor, error::Result};

impl Sessions {
    /// Ends one of the caller's own sessions. Its tokens become invalid, and its sockets are closed.
    ///
    /// # Errors
    /// Returns [`crate::Error::NotFound`] for a session that has ended or belongs to another user.
    pub async fn revoke(&self, actor: &Actor, session: SessionId) -> Result<()> {
        actor.must_be_allowed(Operation::ManageOwnAccount)?;
        self.repository.end(actor, session).await?;
        self.changes.rights_changed(actor.user_id);
        Ok(())
    }
}

use domain::{Operation, UserId};

use super::Users;
use crate::{Actor, error::Result};

impl Users {
    /// Deletes a user together with their grants and sessions. The user's entries in the audit log are kept.
    ///
    /// # Errors
    /// Returns [`crate::Error::Forbidden`] unless the caller is an administrator; [`crate::Error::NotFound`] for a user
    /// that does not exist for the caller; [`crate::Error::Conflict`] when no global administrator would remain.
    pub async fn delete(&self, actor: &Actor, id: UserId) -> Result<()> {
        actor.must_be_allowed(Operation::ManageUsers)?;
        self.repository.delete(actor, id).await?;
        self.changes.rights_changed(id);
        tracing::info!(user.id = %id, "user deleted");
        Ok(())
    }
}

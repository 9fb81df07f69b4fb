use std::sync::Arc;

use domain::{Operation, UserId};

use crate::{Actor, error::Result, identity::Identities, live::Live, ports::UserRepository};

/// Deletes a user.
pub struct DeleteUser {
    users: Arc<dyn UserRepository>,
    identities: Arc<Identities>,
    live: Arc<Live>,
}

impl DeleteUser {
    /// With what it needs.
    #[must_use]
    pub fn new(users: Arc<dyn UserRepository>, identities: Arc<Identities>, live: Arc<Live>) -> Self {
        Self {
            users,
            identities,
            live,
        }
    }

    /// Deletes it, with its grants and sessions. What it did stays in the audit log.
    ///
    /// # Errors
    /// [`crate::Error::Forbidden`] unless the caller is an administrator; [`crate::Error::NotFound`];
    /// [`crate::Error::Conflict`] when nobody would be left who administers everything.
    pub async fn execute(&self, actor: &Actor, id: UserId) -> Result<()> {
        actor.must_be_allowed(Operation::ManageUsers)?;
        self.users.delete(actor, id).await?;
        self.identities.rights_changed(id);
        self.live.log_grew();
        tracing::info!(user.id = %id, "user deleted");
        Ok(())
    }
}

use std::sync::Arc;

use domain::{AccessScope, Operation, User, UserId};

use crate::{Actor, Error, error::Result, ports::UserRepository};

/// Shows a user.
pub struct GetUser {
    users: Arc<dyn UserRepository>,
}

impl GetUser {
    /// With what it needs.
    #[must_use]
    pub fn new(users: Arc<dyn UserRepository>) -> Self {
        Self { users }
    }

    /// The user, or nothing when there is none for this caller.
    ///
    /// # Errors
    /// [`Error::Forbidden`] unless the caller is an administrator.
    pub async fn execute(&self, actor: &Actor, id: UserId) -> Result<Option<User>> {
        actor.must_be_allowed(Operation::ReadUsers)?;
        self.users.find_by_id(&actor.scope, id).await
    }

    /// The caller itself.
    ///
    /// # Errors
    /// [`Error::NotFound`] for who has been deleted meanwhile.
    pub async fn oneself(&self, actor: &Actor) -> Result<User> {
        actor.must_be_allowed(Operation::ManageOwnAccount)?;
        let found = self.users.find_by_id(&AccessScope::All, actor.user_id).await?;
        found.ok_or_else(Error::user_not_found)
    }
}

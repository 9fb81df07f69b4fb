use domain::{AccessScope, Operation, User, UserId};

use super::Users;
use crate::{Actor, Error, error::Result};

impl Users {
    /// Returns a user; `None` if the user does not exist for the caller.
    ///
    /// # Errors
    /// Returns [`Error::Forbidden`] unless the caller is an administrator.
    pub async fn get(&self, actor: &Actor, id: UserId) -> Result<Option<User>> {
        actor.must_be_allowed(Operation::ReadUsers)?;
        self.repository.find_by_id(&actor.scope, id).await
    }

    /// Returns the caller's own user.
    ///
    /// # Errors
    /// Returns [`Error::NotFound`] if the user has been deleted.
    pub async fn get_oneself(&self, actor: &Actor) -> Result<User> {
        actor.must_be_allowed(Operation::ManageOwnAccount)?;
        let found = self
            .repository
            .find_by_id(&AccessScope::All, actor.user_id)
            .await?;
        found.ok_or_else(Error::user_not_found)
    }
}

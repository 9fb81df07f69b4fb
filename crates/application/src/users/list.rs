use std::sync::Arc;

use domain::{Operation, User, UserId};

use crate::{
    Actor,
    error::Result,
    paging::{Cursor, Listing, PageQuery},
    ports::UserRepository,
};

/// The list's name in cursors.
const LIST: &str = "users";

/// Shows the users page by page.
pub struct ListUsers {
    users: Arc<dyn UserRepository>,
}

impl ListUsers {
    /// With what it needs.
    #[must_use]
    pub fn new(users: Arc<dyn UserRepository>) -> Self {
        Self { users }
    }

    /// A page of the users that exist for the caller, in the order in which they were made.
    ///
    /// # Errors
    /// [`crate::Error::Forbidden`] unless the caller is an administrator; [`crate::Error::Invalid`] for a page that
    /// is none.
    pub async fn execute(&self, actor: &Actor, page: &PageQuery) -> Result<Listing<User>> {
        actor.must_be_allowed(Operation::ReadUsers)?;
        let request = page.checked(|cursor| cursor.into_id(LIST).map(UserId::from_uuid))?;
        let page = self.users.find_all(&actor.scope, &request).await?;
        let cursor = |user: &User| Cursor::by_id(LIST, *user.id.as_uuid());
        Ok(Listing::of(page, &request, cursor))
    }

    /// How many users there are on all pages.
    ///
    /// # Errors
    /// [`crate::Error::Forbidden`] unless the caller is an administrator.
    pub async fn count(&self, actor: &Actor) -> Result<u64> {
        actor.must_be_allowed(Operation::ReadUsers)?;
        self.users.count(&actor.scope).await
    }
}

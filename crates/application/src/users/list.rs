use domain::{Operation, User, UserId};

use super::Users;
use crate::{
    Actor,
    error::Result,
    paging::{Cursor, Listing, PageQuery},
};

/// Name of the list in cursors.
const LIST: &str = "users";

impl Users {
    /// Returns a page of the users that exist for the caller, in the order of their creation.
    ///
    /// # Errors
    /// [`crate::Error::Forbidden`] unless the caller is an administrator; [`crate::Error::Invalid`] for an invalid page
    /// query.
    pub async fn list(&self, actor: &Actor, page: &PageQuery) -> Result<Listing<User>> {
        actor.must_be_allowed(Operation::ReadUsers)?;
        let request = page.checked(|cursor| cursor.into_id(LIST).map(UserId::from_uuid))?;
        let page = self.repository.find_all(&actor.scope, &request).await?;
        let cursor = |user: &User| Cursor::by_id(LIST, *user.id.as_uuid());
        Ok(Listing::of(page, &request, cursor))
    }

    /// Returns the number of users on all pages.
    ///
    /// # Errors
    /// [`crate::Error::Forbidden`] unless the caller is an administrator.
    pub async fn count(&self, actor: &Actor) -> Result<u64> {
        actor.must_be_allowed(Operation::ReadUsers)?;
        self.repository.count(&actor.scope).await
    }
}

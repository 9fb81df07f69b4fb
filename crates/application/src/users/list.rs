use domain::{Operation, User, UserId, Violations};

use super::Users;
use crate::{
    Actor,
    error::Result,
    paging::{Cursor, Listing, PageQuery, PageRequest},
};

/// Name of the list in cursors.
const LIST: &str = "users";

/// Returns the request for a page.
fn request_of(page: &PageQuery) -> Result<PageRequest<UserId>, Violations> {
    page.checked(|cursor| cursor.into_id(LIST).map(UserId::from_uuid))
}

impl Users {
    /// Checks a page query, so that an API can report its faults together with others.
    ///
    /// # Errors
    /// Returns the violations of the query.
    pub fn check_page(page: &PageQuery) -> Result<(), Violations> {
        request_of(page).map(drop)
    }

    /// Returns a page of the users that exist for the caller, in the order of their creation.
    ///
    /// # Errors
    /// Returns [`crate::Error::Forbidden`] unless the caller is an administrator; [`crate::Error::Invalid`] for an
    /// invalid page query.
    pub async fn list(&self, actor: &Actor, page: &PageQuery) -> Result<Listing<User>> {
        actor.must_be_allowed(Operation::ReadUsers)?;
        let request = request_of(page)?;
        let page = self.repository.find_all(&actor.scope, &request).await?;
        let cursor = |user: &User| Cursor::by_id(LIST, *user.id.as_uuid());
        Ok(Listing::of(page, &request, cursor))
    }

    /// Returns the number of users on all pages.
    ///
    /// # Errors
    /// Returns [`crate::Error::Forbidden`] unless the caller is an administrator.
    pub async fn count(&self, actor: &Actor) -> Result<u64> {
        actor.must_be_allowed(Operation::ReadUsers)?;
        self.repository.count(&actor.scope).await
    }
}

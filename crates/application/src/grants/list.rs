use domain::{Grant, GrantId, Operation, UserId, Violations};

use super::Grants;
use crate::{
    Actor,
    error::Result,
    paging::{Cursor, Listing, PageQuery, PageRequest},
};

/// Name of the list in cursors.
const LIST: &str = "grants";

/// Returns the request for a page.
fn request_of(page: &PageQuery) -> Result<PageRequest<GrantId>, Violations> {
    page.checked(|cursor| cursor.into_id(LIST).map(GrantId::from_uuid))
}

impl Grants {
    /// Checks a page query, so that an API can report its faults together with others.
    ///
    /// # Errors
    /// Returns the violations of the query.
    pub fn check_page(page: &PageQuery) -> Result<(), Violations> {
        request_of(page).map(drop)
    }

    /// Returns a page of the grants that exist for the caller, in the order of their creation: those of one user, or of
    /// all users if `user` is `None`.
    ///
    /// # Errors
    /// Returns [`crate::Error::Forbidden`] unless the caller is an administrator; [`crate::Error::Invalid`] for an
    /// invalid page query.
    pub async fn list(
        &self,
        actor: &Actor,
        user: Option<UserId>,
        page: &PageQuery,
    ) -> Result<Listing<Grant>> {
        actor.must_be_allowed(Operation::ReadUsers)?;
        let request = request_of(page)?;
        let page = self.repository.find_all(&actor.scope, user, &request).await?;
        let cursor = |grant: &Grant| Cursor::by_id(LIST, *grant.id.as_uuid());
        Ok(Listing::of(page, &request, cursor))
    }

    /// Returns the number of grants on all pages.
    ///
    /// # Errors
    /// Returns [`crate::Error::Forbidden`] unless the caller is an administrator.
    pub async fn count(&self, actor: &Actor, user: Option<UserId>) -> Result<u64> {
        actor.must_be_allowed(Operation::ReadUsers)?;
        self.repository.count(&actor.scope, user).await
    }
}

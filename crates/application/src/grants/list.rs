use std::sync::Arc;

use domain::{Grant, GrantId, Operation, UserId};

use crate::{
    Actor,
    error::Result,
    paging::{Cursor, Listing, PageQuery},
    ports::GrantRepository,
};

/// The list's name in cursors.
const LIST: &str = "grants";

/// Shows grants page by page.
pub struct ListGrants {
    grants: Arc<dyn GrantRepository>,
}

impl ListGrants {
    /// With what it needs.
    #[must_use]
    pub fn new(grants: Arc<dyn GrantRepository>) -> Self {
        Self { grants }
    }

    /// A page of the grants that exist for the caller, of one user or of all, in the order in which they were made.
    ///
    /// # Errors
    /// [`crate::Error::Forbidden`] unless the caller is an administrator; [`crate::Error::Invalid`] for a page that
    /// is none.
    pub async fn execute(
        &self,
        actor: &Actor,
        user: Option<UserId>,
        page: &PageQuery,
    ) -> Result<Listing<Grant>> {
        actor.must_be_allowed(Operation::ReadUsers)?;
        let request = page.checked(|cursor| cursor.into_id(LIST).map(GrantId::from_uuid))?;
        let page = self.grants.find_all(&actor.scope, user, &request).await?;
        let cursor = |grant: &Grant| Cursor::by_id(LIST, *grant.id.as_uuid());
        Ok(Listing::of(page, &request, cursor))
    }

    /// How many grants there are on all pages.
    ///
    /// # Errors
    /// [`crate::Error::Forbidden`] unless the caller is an administrator.
    pub async fn count(&self, actor: &Actor, user: Option<UserId>) -> Result<u64> {
        actor.must_be_allowed(Operation::ReadUsers)?;
        self.grants.count(&actor.scope, user).await
    }
}

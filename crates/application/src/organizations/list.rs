use domain::{Organization, OrganizationId};

use super::Organizations;
use crate::{
    Actor,
    error::Result,
    paging::{Cursor, Listing, PageQuery},
};

/// Name of the list in cursors.
const LIST: &str = "organizations";

impl Organizations {
    /// Returns a page of the organisations that exist for the caller, in the order of their creation.
    ///
    /// # Errors
    /// [`crate::Error::Invalid`] for an invalid page query.
    pub async fn list(&self, actor: &Actor, page: &PageQuery) -> Result<Listing<Organization>> {
        let request = page.checked(|cursor| cursor.into_id(LIST).map(OrganizationId::from_uuid))?;
        let found = self.repository.find_all(&actor.scope, &request).await?;
        Ok(Listing::of(found, &request, |organization| {
            Cursor::by_id(LIST, *organization.id.as_uuid())
        }))
    }

    /// Returns the number of organisations on all pages.
    ///
    /// # Errors
    /// [`crate::Error::Unavailable`] if the registry is unavailable.
    pub async fn count(&self, actor: &Actor) -> Result<u64> {
        self.repository.count(&actor.scope).await
    }
}

use domain::{Organization, OrganizationId, Violations};

use super::Organizations;
use crate::{
    Actor,
    error::Result,
    paging::{Cursor, Listing, PageQuery, PageRequest},
};

/// Name of the list in cursors.
const LIST: &str = "organizations";

/// Returns the request for a page.
fn request_of(page: &PageQuery) -> Result<PageRequest<OrganizationId>, Violations> {
    page.checked(|cursor| cursor.into_id(LIST).map(OrganizationId::from_uuid))
}

impl Organizations {
    /// Checks a page query, so that an API can report its faults together with others.
    ///
    /// # Errors
    /// Returns the violations of the query.
    pub fn check_page(page: &PageQuery) -> Result<(), Violations> {
        request_of(page).map(drop)
    }

    /// Returns a page of the organisations that exist for the caller, in the order of their creation.
    ///
    /// # Errors
    /// Returns [`crate::Error::Invalid`] for an invalid page query.
    pub async fn list(&self, actor: &Actor, page: &PageQuery) -> Result<Listing<Organization>> {
        let request = request_of(page)?;
        let found = self.repository.find_all(&actor.scope, &request).await?;
        Ok(Listing::of(found, &request, |organization| {
            Cursor::by_id(LIST, *organization.id.as_uuid())
        }))
    }

    /// Returns the number of organisations on all pages.
    ///
    /// # Errors
    /// Returns [`crate::Error::Unavailable`] if the registry is unavailable.
    pub async fn count(&self, actor: &Actor) -> Result<u64> {
        self.repository.count(&actor.scope).await
    }
}

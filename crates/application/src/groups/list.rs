use domain::{Group, GroupId, OrganizationId, Violations};

use super::Groups;
use crate::{
    Actor,
    error::Result,
    paging::{Cursor, Listing, PageQuery, PageRequest},
};

/// Name of the list in cursors.
const LIST: &str = "groups";

/// Returns the request for a page.
fn request_of(page: &PageQuery) -> Result<PageRequest<GroupId>, Violations> {
    page.checked(|cursor| cursor.into_id(LIST).map(GroupId::from_uuid))
}

impl Groups {
    /// Checks a page query, so that an API can report its faults together with others.
    ///
    /// # Errors
    /// Returns the violations of the query.
    pub fn check_page(page: &PageQuery) -> Result<(), Violations> {
        request_of(page).map(drop)
    }

    /// Returns a page of the groups that exist for the caller, in the order of their creation: those of one
    /// organisation, or of all organisations if `organization` is `None`.
    ///
    /// # Errors
    /// Returns [`crate::Error::Invalid`] for an invalid page query.
    pub async fn list(
        &self,
        actor: &Actor,
        organization: Option<OrganizationId>,
        page: &PageQuery,
    ) -> Result<Listing<Group>> {
        let request = request_of(page)?;
        let found = self
            .repository
            .find_all(&actor.scope, organization, &request)
            .await?;
        Ok(Listing::of(found, &request, |group| {
            Cursor::by_id(LIST, *group.id.as_uuid())
        }))
    }

    /// Returns the number of groups on all pages.
    ///
    /// # Errors
    /// Returns [`crate::Error::Unavailable`] if the registry is unavailable.
    pub async fn count(&self, actor: &Actor, organization: Option<OrganizationId>) -> Result<u64> {
        self.repository.count(&actor.scope, organization).await
    }
}

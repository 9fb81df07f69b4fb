use domain::{Group, GroupId, OrganizationId};

use super::Groups;
use crate::{
    Actor,
    error::Result,
    paging::{Cursor, Listing, PageQuery},
};

/// Name of the list in cursors.
const LIST: &str = "groups";

impl Groups {
    /// Returns a page of the groups that exist for the caller, in the order of their creation: those of one
    /// organisation, or of all organisations if `organization` is `None`.
    ///
    /// # Errors
    /// [`crate::Error::Invalid`] for an invalid page query.
    pub async fn list(
        &self,
        actor: &Actor,
        organization: Option<OrganizationId>,
        page: &PageQuery,
    ) -> Result<Listing<Group>> {
        let request = page.checked(|cursor| cursor.into_id(LIST).map(GroupId::from_uuid))?;
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
    /// [`crate::Error::Unavailable`] if the registry is unavailable.
    pub async fn count(&self, actor: &Actor, organization: Option<OrganizationId>) -> Result<u64> {
        self.repository.count(&actor.scope, organization).await
    }
}

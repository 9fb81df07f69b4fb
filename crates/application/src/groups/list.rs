use std::sync::Arc;

use domain::{Group, GroupId, OrganizationId};

use crate::{
    Actor,
    error::Result,
    paging::{Cursor, Listing, PageQuery},
    ports::GroupRepository,
};

/// The list's name in cursors.
const LIST: &str = "groups";

/// Shows the groups page by page.
pub struct ListGroups {
    groups: Arc<dyn GroupRepository>,
}

impl ListGroups {
    /// With what it needs.
    #[must_use]
    pub fn new(groups: Arc<dyn GroupRepository>) -> Self {
        Self { groups }
    }

    /// A page, of one organisation or of all, in the order in which the groups were made.
    ///
    /// # Errors
    /// [`crate::Error::Invalid`] for `first` and `after`, as [`PageQuery`] says.
    pub async fn execute(
        &self,
        actor: &Actor,
        organization: Option<OrganizationId>,
        page: &PageQuery,
    ) -> Result<Listing<Group>> {
        let request = page.checked(|cursor| cursor.into_id(LIST).map(GroupId::from_uuid))?;
        let found = self.groups.find_all(&actor.scope, organization, &request).await?;
        Ok(Listing::of(found, &request, |group| {
            Cursor::by_id(LIST, *group.id.as_uuid())
        }))
    }

    /// How many groups there are on all pages.
    ///
    /// # Errors
    /// [`crate::Error::Unavailable`].
    pub async fn count(&self, actor: &Actor, organization: Option<OrganizationId>) -> Result<u64> {
        self.groups.count(&actor.scope, organization).await
    }
}

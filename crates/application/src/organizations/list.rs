use std::sync::Arc;

use domain::{Organization, OrganizationId};

use crate::{
    Actor,
    error::Result,
    paging::{Cursor, Listing, PageQuery},
    ports::OrganizationRepository,
};

/// The list's name in cursors.
const LIST: &str = "organizations";

/// Shows the organisations page by page.
pub struct ListOrganizations {
    organizations: Arc<dyn OrganizationRepository>,
}

impl ListOrganizations {
    /// With what it needs.
    #[must_use]
    pub fn new(organizations: Arc<dyn OrganizationRepository>) -> Self {
        Self { organizations }
    }

    /// A page, in the order in which the organisations were made.
    ///
    /// # Errors
    /// [`crate::Error::Invalid`] for `first` and `after`, as [`PageQuery`] says.
    pub async fn execute(&self, actor: &Actor, page: &PageQuery) -> Result<Listing<Organization>> {
        let request = page.checked(|cursor| cursor.into_id(LIST).map(OrganizationId::from_uuid))?;
        let found = self.organizations.find_all(&actor.scope, &request).await?;
        Ok(Listing::of(found, &request, |organization| {
            Cursor::by_id(LIST, *organization.id.as_uuid())
        }))
    }

    /// How many organisations there are on all pages.
    ///
    /// # Errors
    /// [`crate::Error::Unavailable`].
    pub async fn count(&self, actor: &Actor) -> Result<u64> {
        self.organizations.count(&actor.scope).await
    }
}

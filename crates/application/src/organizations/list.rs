use domain::{Organization, OrganizationId};

use super::Organizations;
use crate::{
    Actor,
    error::Result,
    paging::{Cursor, Listing, PageQuery},
};

/// The list's name in cursors.
const LIST: &str = "organizations";

impl Organizations {
    /// Returns a page, in the order in which the organisations were created.
    ///
    /// # Errors
    /// [`crate::Error::Invalid`] for `first` and `after`, as [`PageQuery`] says.
    pub async fn list(&self, actor: &Actor, page: &PageQuery) -> Result<Listing<Organization>> {
        let request = page.checked(|cursor| cursor.into_id(LIST).map(OrganizationId::from_uuid))?;
        let found = self.repository.find_all(&actor.scope, &request).await?;
        Ok(Listing::of(found, &request, |organization| {
            Cursor::by_id(LIST, *organization.id.as_uuid())
        }))
    }

    /// Returns how many organisations there are on all pages.
    ///
    /// # Errors
    /// [`crate::Error::Unavailable`].
    pub async fn count(&self, actor: &Actor) -> Result<u64> {
        self.repository.count(&actor.scope).await
    }
}

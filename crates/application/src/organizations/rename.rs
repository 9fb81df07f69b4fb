use domain::{Organization, OrganizationId, OrganizationName, Violations};

use super::Organizations;
use crate::{Actor, error::Result};

impl Organizations {
    /// Checks that a caller may rename an organisation. An API asks before it reads a body.
    ///
    /// # Errors
    /// [`crate::Error::Forbidden`] for others; [`crate::Error::NotFound`] for those who can't see it.
    pub async fn may_rename(&self, actor: &Actor, id: OrganizationId) -> Result<()> {
        self.permit(actor, id).await
    }

    /// Gives an organisation another name.
    ///
    /// # Errors
    /// [`crate::Error::Forbidden`] unless the caller administers all organisations; [`crate::Error::Invalid`];
    /// [`crate::Error::NotFound`]; [`crate::Error::Conflict`] for a name that another has already.
    pub async fn rename(
        &self,
        actor: &Actor,
        id: OrganizationId,
        name: Result<OrganizationName, Violations>,
    ) -> Result<Organization> {
        self.permit(actor, id).await?;
        self.repository.rename(actor, id, name?).await
    }
}

use domain::{Organization, OrganizationId, OrganizationName, Violations};

use super::Organizations;
use crate::{Actor, error::Result};

impl Organizations {
    /// Checks that a caller may rename an organisation. APIs call this before they read a body.
    ///
    /// # Errors
    /// Returns [`crate::Error::Forbidden`] unless the caller administers all organisations, or
    /// [`crate::Error::NotFound`] if it can't see the organisation either.
    pub async fn may_rename(&self, actor: &Actor, id: OrganizationId) -> Result<()> {
        self.permit(actor, id).await
    }

    /// Renames an organisation.
    ///
    /// # Errors
    /// Returns [`crate::Error::Forbidden`] unless the caller administers all organisations; [`crate::Error::Invalid`]
    /// for an invalid name; [`crate::Error::NotFound`] for an organisation that does not exist for the caller;
    /// [`crate::Error::Conflict`] when another organisation has this name.
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

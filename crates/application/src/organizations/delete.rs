use domain::OrganizationId;

use super::Organizations;
use crate::{Actor, error::Result};

impl Organizations {
    /// Deletes an empty organisation.
    ///
    /// # Errors
    /// Returns [`crate::Error::Forbidden`] unless the caller administers all organisations; [`crate::Error::NotFound`]
    /// for an organisation that does not exist for the caller; [`crate::Error::Conflict`] if it has vehicles, groups or
    /// users, or is the default organisation.
    pub async fn delete(&self, actor: &Actor, id: OrganizationId) -> Result<()> {
        self.permit(actor, id).await?;
        self.repository.delete(actor, id).await?;
        tracing::info!(organization.id = %id, "organisation deleted");
        Ok(())
    }
}

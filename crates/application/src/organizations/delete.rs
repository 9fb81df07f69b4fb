use std::sync::Arc;

use domain::OrganizationId;

use crate::{Actor, error::Result, ports::OrganizationRepository};

/// Deletes an organisation that has nothing any more.
pub struct DeleteOrganization {
    organizations: Arc<dyn OrganizationRepository>,
}

impl DeleteOrganization {
    /// With what it needs.
    #[must_use]
    pub fn new(organizations: Arc<dyn OrganizationRepository>) -> Self {
        Self { organizations }
    }

    /// Deletes.
    ///
    /// # Errors
    /// [`crate::Error::Forbidden`] unless the caller administers all organisations; [`crate::Error::NotFound`];
    /// [`crate::Error::Conflict`] while it has vehicles or groups, and always for the default one.
    pub async fn execute(&self, actor: &Actor, id: OrganizationId) -> Result<()> {
        super::permit::on_organization(&*self.organizations, actor, id).await?;
        self.organizations.delete(actor, id).await?;
        tracing::info!(organization.id = %id, "organization deleted");
        Ok(())
    }
}

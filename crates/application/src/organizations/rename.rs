use std::sync::Arc;

use domain::{Organization, OrganizationId, OrganizationName, Violations};

use crate::{Actor, error::Result, ports::OrganizationRepository};

/// Gives an organisation another name.
pub struct RenameOrganization {
    organizations: Arc<dyn OrganizationRepository>,
}

impl RenameOrganization {
    /// With what it needs.
    #[must_use]
    pub fn new(organizations: Arc<dyn OrganizationRepository>) -> Self {
        Self { organizations }
    }

    /// Renames.
    ///
    /// # Errors
    /// [`crate::Error::Forbidden`] unless the caller administers all organisations; [`crate::Error::Invalid`];
    /// [`crate::Error::NotFound`]; [`crate::Error::Conflict`] for a name that another has already.
    pub async fn execute(
        &self,
        actor: &Actor,
        id: OrganizationId,
        name: Result<OrganizationName, Violations>,
    ) -> Result<Organization> {
        super::permit::on_organization(&*self.organizations, actor, id).await?;
        self.organizations.rename(actor, id, name?).await
    }
}

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

    /// Lets those pass who may do it. An API asks before it reads what is sent.
    ///
    /// # Errors
    /// [`crate::Error::Forbidden`] for others; [`crate::Error::NotFound`] for those who can't see it.
    pub async fn permit(&self, actor: &Actor, id: OrganizationId) -> Result<()> {
        super::permit::on_organization(&*self.organizations, actor, id).await
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
        self.permit(actor, id).await?;
        self.organizations.rename(actor, id, name?).await
    }
}

use std::sync::Arc;

use domain::{Operation, Organization, OrganizationName, Violations};

use crate::{Actor, error::Result, ports::OrganizationRepository};

/// Makes an organisation.
pub struct CreateOrganization {
    organizations: Arc<dyn OrganizationRepository>,
}

impl CreateOrganization {
    /// With what it needs.
    #[must_use]
    pub fn new(organizations: Arc<dyn OrganizationRepository>) -> Self {
        Self { organizations }
    }

    /// Lets those pass who may do it. An API asks before it reads what is sent.
    ///
    /// # Errors
    /// [`crate::Error::Forbidden`] unless the caller administers all organisations.
    pub fn permit(&self, actor: &Actor) -> Result<()> {
        actor.must_be_allowed(Operation::ManageOrganizations)
    }

    /// Makes an organisation without vehicles and groups.
    ///
    /// # Errors
    /// [`crate::Error::Forbidden`] unless the caller administers all organisations; [`crate::Error::Invalid`];
    /// [`crate::Error::Conflict`] for a name that another has already.
    pub async fn execute(
        &self,
        actor: &Actor,
        name: Result<OrganizationName, Violations>,
    ) -> Result<Organization> {
        self.permit(actor)?;
        let organization = self.organizations.create(actor, name?).await?;
        tracing::info!(organization.id = %organization.id, "organization created");
        Ok(organization)
    }
}

use domain::{Operation, Organization, OrganizationName, Violations};

use super::Organizations;
use crate::{Actor, error::Result};

impl Organizations {
    /// Checks that a caller may create organisations. APIs call this before they read a body.
    ///
    /// # Errors
    /// Returns [`crate::Error::Forbidden`] unless the caller administers all organisations.
    pub fn may_create(&self, actor: &Actor) -> Result<()> {
        actor.must_be_allowed(Operation::ManageOrganizations)
    }

    /// Creates an organisation without vehicles, groups or users.
    ///
    /// # Errors
    /// Returns [`crate::Error::Forbidden`] unless the caller administers all organisations; [`crate::Error::Invalid`]
    /// for an invalid name; [`crate::Error::Conflict`] when another organisation has this name.
    pub async fn create(
        &self,
        actor: &Actor,
        name: Result<OrganizationName, Violations>,
    ) -> Result<Organization> {
        self.may_create(actor)?;
        let organization = self.repository.create(actor, name?).await?;
        tracing::info!(organization.id = %organization.id, "organisation created");
        Ok(organization)
    }
}

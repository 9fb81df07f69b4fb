use std::sync::Arc;

use domain::{Organization, OrganizationId};

use crate::{Actor, error::Result, ports::OrganizationRepository};

/// Shows one organisation.
pub struct GetOrganization {
    organizations: Arc<dyn OrganizationRepository>,
}

impl GetOrganization {
    /// With what it needs.
    #[must_use]
    pub fn new(organizations: Arc<dyn OrganizationRepository>) -> Self {
        Self { organizations }
    }

    /// The organisation, or nothing when there is none for this caller.
    ///
    /// # Errors
    /// [`crate::Error::Unavailable`].
    pub async fn execute(&self, actor: &Actor, id: OrganizationId) -> Result<Option<Organization>> {
        self.organizations.find_by_id(&actor.scope, id).await
    }
}

use std::sync::Arc;

use domain::{Group, GroupName, Operation, OrganizationId, Violations};

use crate::{Actor, error::Result, ports::GroupRepository};

/// Makes a group.
pub struct CreateGroup {
    groups: Arc<dyn GroupRepository>,
}

impl CreateGroup {
    /// With what it needs.
    #[must_use]
    pub fn new(groups: Arc<dyn GroupRepository>) -> Self {
        Self { groups }
    }

    /// Lets those pass who may do it. An API asks before it reads what is sent.
    ///
    /// # Errors
    /// [`crate::Error::Forbidden`] unless the caller is an administrator.
    pub fn permit(&self, actor: &Actor) -> Result<()> {
        actor.must_be_allowed(Operation::ManageGroups)
    }

    /// Makes a group without vehicles, in the caller's own organisation when nobody says another.
    ///
    /// # Errors
    /// [`crate::Error::Forbidden`] unless the caller is an administrator; [`crate::Error::Invalid`];
    /// [`crate::Error::NotFound`] for an organisation that is not there for the caller;
    /// [`crate::Error::Conflict`] for a name that the organisation has already.
    pub async fn execute(
        &self,
        actor: &Actor,
        organization: Option<OrganizationId>,
        name: Result<GroupName, Violations>,
    ) -> Result<Group> {
        self.permit(actor)?;
        let name = name?;
        let organization = actor.organization_for(organization)?;
        let group = self.groups.create(actor, organization, name).await?;
        tracing::info!(group.id = %group.id, "group created");
        Ok(group)
    }
}

use domain::{Group, GroupName, Operation, OrganizationId, Violations};

use super::Groups;
use crate::{Actor, error::Result};

impl Groups {
    /// Checks that a caller may create groups. APIs call this before they read a body.
    ///
    /// # Errors
    /// Returns [`crate::Error::Forbidden`] unless the caller is an administrator.
    pub fn may_create(&self, actor: &Actor) -> Result<()> {
        actor.must_be_allowed(Operation::ManageGroups)
    }

    /// Creates a group without vehicles, in the caller's own organisation unless another one is given.
    ///
    /// # Errors
    /// Returns [`crate::Error::Forbidden`] unless the caller is an administrator; [`crate::Error::Invalid`] for an
    /// invalid name; [`crate::Error::NotFound`] for an organisation that does not exist for the caller;
    /// [`crate::Error::Conflict`] when the organisation has a group of this name.
    pub async fn create(
        &self,
        actor: &Actor,
        organization: Option<OrganizationId>,
        name: Result<GroupName, Violations>,
    ) -> Result<Group> {
        self.may_create(actor)?;
        let name = name?;
        let organization = actor.organization_for(organization)?;
        let group = self.repository.create(actor, organization, name).await?;
        tracing::info!(group.id = %group.id, "group created");
        Ok(group)
    }
}

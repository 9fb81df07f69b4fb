use std::sync::Arc;

use domain::{Group, GroupId, GroupName, Violations};

use crate::{Actor, error::Result, ports::GroupRepository};

/// Gives a group another name.
pub struct RenameGroup {
    groups: Arc<dyn GroupRepository>,
}

impl RenameGroup {
    /// With what it needs.
    #[must_use]
    pub fn new(groups: Arc<dyn GroupRepository>) -> Self {
        Self { groups }
    }

    /// Lets those pass who may do it. An API asks before it reads what is sent.
    ///
    /// # Errors
    /// [`crate::Error::Forbidden`] for others; [`crate::Error::NotFound`] for those who can't see it.
    pub async fn permit(&self, actor: &Actor, id: GroupId) -> Result<()> {
        super::permit::on_group(&*self.groups, actor, id).await
    }

    /// Renames.
    ///
    /// # Errors
    /// [`crate::Error::Forbidden`] unless the caller is an administrator; [`crate::Error::Invalid`];
    /// [`crate::Error::NotFound`]; [`crate::Error::Conflict`] for a name that the organisation has already.
    pub async fn execute(
        &self,
        actor: &Actor,
        id: GroupId,
        name: Result<GroupName, Violations>,
    ) -> Result<Group> {
        self.permit(actor, id).await?;
        self.groups.rename(actor, id, name?).await
    }
}

use domain::{Group, GroupId, GroupName, Violations};

use super::Groups;
use crate::{Actor, error::Result};

impl Groups {
    /// Checks that a caller may rename a group. An API asks before it reads a body.
    ///
    /// # Errors
    /// [`crate::Error::Forbidden`] for others; [`crate::Error::NotFound`] for those who can't see it.
    pub async fn may_rename(&self, actor: &Actor, id: GroupId) -> Result<()> {
        self.permit(actor, id).await
    }

    /// Gives a group another name.
    ///
    /// # Errors
    /// [`crate::Error::Forbidden`] unless the caller is an administrator; [`crate::Error::Invalid`];
    /// [`crate::Error::NotFound`]; [`crate::Error::Conflict`] for a name that the organisation has already.
    pub async fn rename(
        &self,
        actor: &Actor,
        id: GroupId,
        name: Result<GroupName, Violations>,
    ) -> Result<Group> {
        self.permit(actor, id).await?;
        self.repository.rename(actor, id, name?).await
    }
}

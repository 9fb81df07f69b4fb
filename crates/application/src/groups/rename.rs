use domain::{Group, GroupId, GroupName, Violations};

use super::Groups;
use crate::{Actor, error::Result};

impl Groups {
    /// Checks that a caller may rename a group. APIs call this before they read a body.
    ///
    /// # Errors
    /// Returns [`crate::Error::Forbidden`] unless the caller is an administrator, or [`crate::Error::NotFound`] if it
    /// can't see the group either.
    pub async fn may_rename(&self, actor: &Actor, id: GroupId) -> Result<()> {
        self.permit(actor, id).await
    }

    /// Renames a group.
    ///
    /// # Errors
    /// Returns [`crate::Error::Forbidden`] unless the caller is an administrator; [`crate::Error::Invalid`] for an
    /// invalid name; [`crate::Error::NotFound`] for a group that does not exist for the caller;
    /// [`crate::Error::Conflict`] when the organisation has another group of this name.
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

use domain::GroupId;

use super::Groups;
use crate::{Actor, error::Result};

impl Groups {
    /// Deletes a group, but not its vehicles.
    ///
    /// # Errors
    /// Returns [`crate::Error::Forbidden`] unless the caller is an administrator; [`crate::Error::NotFound`] for a
    /// group that does not exist for the caller.
    pub async fn delete(&self, actor: &Actor, id: GroupId) -> Result<()> {
        self.permit(actor, id).await?;
        let members = self.repository.delete(actor, id).await?;
        self.changes.vehicles_changed(&members);
        tracing::info!(group.id = %id, vehicles = members.len(), "group deleted");
        Ok(())
    }
}

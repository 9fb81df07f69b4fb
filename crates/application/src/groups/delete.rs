use std::sync::Arc;

use domain::GroupId;

use crate::{Actor, error::Result, live::Live, ports::GroupRepository};

/// Deletes a group; its vehicles stay.
pub struct DeleteGroup {
    groups: Arc<dyn GroupRepository>,
    live: Arc<Live>,
}

impl DeleteGroup {
    /// With what it needs.
    #[must_use]
    pub fn new(groups: Arc<dyn GroupRepository>, live: Arc<Live>) -> Self {
        Self { groups, live }
    }

    /// Deletes.
    ///
    /// # Errors
    /// [`crate::Error::Forbidden`] unless the caller is an administrator; [`crate::Error::NotFound`].
    pub async fn execute(&self, actor: &Actor, id: GroupId) -> Result<()> {
        super::permit::on_group(&*self.groups, actor, id).await?;
        let members = self.groups.delete(actor, id).await?;
        self.live.registry_changed(&members);
        tracing::info!(group.id = %id, vehicles = members.len(), "group deleted");
        Ok(())
    }
}

use domain::{GrantId, Operation};

use super::Grants;
use crate::{Actor, error::Result};

impl Grants {
    /// Withdraws a grant. Vehicles that the user may not see any more leave its open sockets at once on this server, and
    /// soon on the others.
    ///
    /// # Errors
    /// [`crate::Error::Forbidden`] unless the caller is an administrator; [`crate::Error::NotFound`].
    pub async fn delete(&self, actor: &Actor, id: GrantId) -> Result<()> {
        actor.must_be_allowed(Operation::ManageUsers)?;
        let grant = self.repository.delete(actor, id).await?;
        self.changes.rights_changed(grant.user_id);
        tracing::info!(user.id = %grant.user_id, grant.id = %id, "access withdrawn");
        Ok(())
    }
}

use domain::{GrantId, Operation};

use super::Grants;
use crate::{Actor, error::Result};

impl Grants {
    /// Withdraws a grant. Vehicles that the user may no longer see are removed from its open sockets, on this server
    /// before this returns, and on other servers shortly afterwards.
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

use domain::{GrantId, Operation};

use super::Grants;
use crate::{Actor, error::Result};

impl Grants {
    /// Withdraws a grant. When this returns, the withdrawal applies to new requests on this server. Open sockets, from
    /// which vehicles are removed, and other servers follow shortly afterwards.
    ///
    /// # Errors
    /// Returns [`crate::Error::Forbidden`] unless the caller is an administrator; [`crate::Error::NotFound`] for a
    /// grant that does not exist for the caller.
    pub async fn delete(&self, actor: &Actor, id: GrantId) -> Result<()> {
        actor.must_be_allowed(Operation::ManageUsers)?;
        let grant = self.repository.delete(actor, id).await?;
        self.changes.rights_changed(grant.user_id);
        tracing::info!(user.id = %grant.user_id, grant.id = %id, "access withdrawn");
        Ok(())
    }
}

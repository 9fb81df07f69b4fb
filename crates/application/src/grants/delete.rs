use std::sync::Arc;

use domain::{GrantId, Operation};

use crate::{Actor, error::Result, identity::Identities, live::Live, ports::GrantRepository};

/// Takes a grant away.
pub struct DeleteGrant {
    grants: Arc<dyn GrantRepository>,
    identities: Arc<Identities>,
    live: Arc<Live>,
}

impl DeleteGrant {
    /// With what it needs.
    #[must_use]
    pub fn new(grants: Arc<dyn GrantRepository>, identities: Arc<Identities>, live: Arc<Live>) -> Self {
        Self {
            grants,
            identities,
            live,
        }
    }

    /// Takes it away; what the user may not see any more leaves its open sockets at once on this server, and soon on
    /// the others.
    ///
    /// # Errors
    /// [`crate::Error::Forbidden`] unless the caller is an administrator; [`crate::Error::NotFound`].
    pub async fn execute(&self, actor: &Actor, id: GrantId) -> Result<()> {
        actor.must_be_allowed(Operation::ManageUsers)?;
        let grant = self.grants.delete(actor, id).await?;
        self.identities.rights_changed(grant.user_id);
        self.live.log_grew();
        tracing::info!(user.id = %grant.user_id, grant.id = %id, "access withdrawn");
        Ok(())
    }
}

use domain::{Grant, GrantTerms, Operation, UserId, Violations};

use super::Grants;
use crate::{Actor, error::Result};

impl Grants {
    /// Checks that a caller may create grants. APIs call this before they read a body.
    ///
    /// # Errors
    /// Returns [`crate::Error::Forbidden`] unless the caller is an administrator.
    pub fn may_create(&self, actor: &Actor) -> Result<()> {
        actor.must_be_allowed(Operation::ManageUsers)
    }

    /// Grants a user access to vehicles. When this returns, the grant applies to new requests on this server. Open
    /// sockets and other servers follow shortly afterwards.
    ///
    /// # Errors
    /// Returns [`crate::Error::Forbidden`] unless the caller is an administrator; [`crate::Error::Invalid`] for an
    /// invalid request; [`crate::Error::NotFound`] for a user or a target that does not exist for the caller;
    /// [`crate::Error::Conflict`] if the user already has a grant on the target, or is an administrator.
    pub async fn create(
        &self,
        actor: &Actor,
        wanted: Result<(UserId, GrantTerms), Violations>,
    ) -> Result<Grant> {
        self.may_create(actor)?;
        let (user, terms) = wanted?;
        let grant = self.repository.create(actor, user, terms).await?;
        self.changes.rights_changed(user);
        tracing::info!(user.id = %user, grant.id = %grant.id, grant.role = %terms.role, "access granted");
        Ok(grant)
    }
}

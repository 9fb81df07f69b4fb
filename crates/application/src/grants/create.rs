use domain::{Grant, GrantTerms, Operation, UserId, Violations};

use super::Grants;
use crate::{Actor, error::Result};

impl Grants {
    /// Checks that a caller may create grants. An API asks before it reads a body.
    ///
    /// # Errors
    /// [`crate::Error::Forbidden`] unless the caller is an administrator.
    pub fn may_create(&self, actor: &Actor) -> Result<()> {
        actor.must_be_allowed(Operation::ManageUsers)
    }

    /// Grants a user access to vehicles; in force on this server when this answers, open sockets included, and soon on the
    /// others.
    ///
    /// # Errors
    /// [`crate::Error::Forbidden`] unless the caller is an administrator; [`crate::Error::NotFound`] for a user or a
    /// target that does not exist for the caller; [`crate::Error::Conflict`] for what the user has already, and for
    /// administrators, who need no grants.
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

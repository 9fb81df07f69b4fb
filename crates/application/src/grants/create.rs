use std::sync::Arc;

use domain::{Grant, GrantTerms, Operation, UserId, Violations};

use crate::{Actor, error::Result, identity::Identities, live::Live, ports::GrantRepository};

/// Gives a user something to see.
pub struct CreateGrant {
    grants: Arc<dyn GrantRepository>,
    identities: Arc<Identities>,
    live: Arc<Live>,
}

impl CreateGrant {
    /// With what it needs.
    #[must_use]
    pub fn new(grants: Arc<dyn GrantRepository>, identities: Arc<Identities>, live: Arc<Live>) -> Self {
        Self {
            grants,
            identities,
            live,
        }
    }

    /// Lets those pass who may do it. An API asks before it reads what is sent.
    ///
    /// # Errors
    /// [`crate::Error::Forbidden`] unless the caller is an administrator.
    pub fn permit(&self, actor: &Actor) -> Result<()> {
        actor.must_be_allowed(Operation::ManageUsers)
    }

    /// Grants; in force on this server when it answers, open sockets included, and soon on the others.
    ///
    /// # Errors
    /// [`crate::Error::Forbidden`] unless the caller is an administrator; [`crate::Error::NotFound`] for a user or a
    /// target that does not exist for the caller; [`crate::Error::Conflict`] for what the user has already, and for
    /// administrators, who need no grants.
    pub async fn execute(
        &self,
        actor: &Actor,
        wanted: Result<(UserId, GrantTerms), Violations>,
    ) -> Result<Grant> {
        self.permit(actor)?;
        let (user, terms) = wanted?;
        let grant = self.grants.create(actor, user, terms).await?;
        self.identities.rights_changed(user);
        self.live.log_grew();
        tracing::info!(user.id = %user, grant.id = %grant.id, grant.role = %terms.role, "access granted");
        Ok(grant)
    }
}

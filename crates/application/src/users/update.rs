use std::sync::Arc;

use domain::{Operation, PasswordPolicy, User, UserChanges, UserId, Violations};
use secrecy::{ExposeSecret as _, SecretString};

use crate::{
    Actor, Error,
    error::Result,
    identity::{Identities, Urgency, prepared},
    live::Live,
    ports::{PasswordHasher, UserRepository},
};

/// What somebody wants to change of a user; `None` leaves it as it is.
#[derive(Debug, Clone, Default)]
pub struct UserUpdate {
    /// What it may do, and whether it may log in.
    pub changes: UserChanges,
    /// Another password, for one who has forgotten its own.
    pub password: Option<SecretString>,
}

/// Changes a user.
pub struct UpdateUser {
    users: Arc<dyn UserRepository>,
    hasher: Arc<dyn PasswordHasher>,
    identities: Arc<Identities>,
    live: Arc<Live>,
    policy: PasswordPolicy,
}

impl UpdateUser {
    /// With what it needs.
    #[must_use]
    pub fn new(
        users: Arc<dyn UserRepository>,
        hasher: Arc<dyn PasswordHasher>,
        identities: Arc<Identities>,
        live: Arc<Live>,
        policy: PasswordPolicy,
    ) -> Self {
        Self {
            users,
            hasher,
            identities,
            live,
            policy,
        }
    }

    /// Lets those pass who may do it. An API asks before it reads what is sent.
    ///
    /// # Errors
    /// [`Error::Forbidden`] unless the caller is an administrator.
    pub fn permit(&self, actor: &Actor) -> Result<()> {
        actor.must_be_allowed(Operation::ManageUsers)
    }

    /// Changes it; in force on this server when it answers, open sockets included, and soon on the others. Who is
    /// disabled or gets another password is logged out everywhere.
    ///
    /// # Errors
    /// [`Error::Forbidden`] unless the caller is an administrator; [`Error::NotFound`]; [`Error::Invalid`];
    /// [`Error::Conflict`] when nobody would be left who administers everything; [`Error::Protected`] for a user who
    /// holds grants outside of the caller's organisation, unless the change only takes something away.
    pub async fn execute(
        &self,
        actor: &Actor,
        id: UserId,
        update: Result<UserUpdate, Violations>,
    ) -> Result<User> {
        self.permit(actor)?;
        let found = self.users.find_by_id(&actor.scope, id).await?;
        let found = found.ok_or_else(Error::user_not_found)?;
        let UserUpdate { changes, password } = update?;
        let password = match password {
            Some(password) => {
                self.policy
                    .check(password.expose_secret(), Some(&found.username))
                    .map_err(|fault| Violations::of("password", fault.to_string()))?;
                Some(
                    self.hasher
                        .hash(&prepared(&password), Urgency::ForAnother.into())
                        .await?,
                )
            }
            None => None,
        };
        let user = self.users.update(actor, id, changes, password).await?;
        self.identities.rights_changed(id);
        self.live.log_grew();
        tracing::info!(user.id = %id, user.role = %user.role, user.enabled = user.is_enabled, "user changed");
        Ok(user)
    }
}

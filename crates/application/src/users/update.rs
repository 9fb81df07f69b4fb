use domain::{Operation, User, UserChanges, UserId, Violations};
use secrecy::{ExposeSecret as _, SecretString};

use super::Users;
use crate::{
    Actor, Error,
    error::Result,
    identity::{Urgency, prepared},
};

/// Changes to a user; `None` keeps a value.
#[derive(Debug, Clone, Default)]
pub struct UserUpdate {
    /// New role of the user, and whether the user is enabled.
    pub changes: UserChanges,
    /// New password of the user.
    pub password: Option<SecretString>,
}

impl Users {
    /// Checks that a caller may update users. APIs call this before they read a body.
    ///
    /// # Errors
    /// Returns [`Error::Forbidden`] unless the caller is an administrator.
    pub fn may_update(&self, actor: &Actor) -> Result<()> {
        actor.must_be_allowed(Operation::ManageUsers)
    }

    /// Changes a user. When this returns, the change applies to new requests on this server. Open sockets and other
    /// servers follow shortly afterwards. Disabling a user or replacing their password ends all of their sessions.
    ///
    /// # Errors
    /// Returns [`Error::Forbidden`] unless the caller is an administrator; [`Error::NotFound`] for a user that does not
    /// exist for the caller; [`Error::Invalid`] for an invalid update; [`Error::Conflict`] when no global administrator
    /// would remain; [`Error::Protected`] for a user with grants outside the caller's organisation, unless the change
    /// only disables the user.
    pub async fn update(
        &self,
        actor: &Actor,
        id: UserId,
        update: Result<UserUpdate, Violations>,
    ) -> Result<User> {
        self.may_update(actor)?;
        let found = self.repository.find_by_id(&actor.scope, id).await?;
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
        let user = self.repository.update(actor, id, changes, password).await?;
        self.changes.rights_changed(id);
        tracing::info!(user.id = %id, user.role = %user.role, user.enabled = user.is_enabled, "user changed");
        Ok(user)
    }
}

use domain::{Operation, User, UserChanges, UserId, Violations};
use secrecy::{ExposeSecret as _, SecretString};

use super::Users;
use crate::{
    Actor, Error,
    error::Result,
    identity::{Urgency, prepared},
};

/// What somebody wants to change of a user; `None` leaves it as it is.
#[derive(Debug, Clone, Default)]
pub struct UserUpdate {
    /// What it may do, and whether it may log in.
    pub changes: UserChanges,
    /// Another password, for one who has forgotten its own.
    pub password: Option<SecretString>,
}

impl Users {
    /// Checks that a caller may update users. An API asks before it reads a body.
    ///
    /// # Errors
    /// [`Error::Forbidden`] unless the caller is an administrator.
    pub fn may_update(&self, actor: &Actor) -> Result<()> {
        actor.must_be_allowed(Operation::ManageUsers)
    }

    /// Changes a user; in force on this server when this answers, open sockets included, and soon on the others. A user who
    /// is disabled or gets another password is logged out everywhere.
    ///
    /// # Errors
    /// [`Error::Forbidden`] unless the caller is an administrator; [`Error::NotFound`]; [`Error::Invalid`];
    /// [`Error::Conflict`] when nobody would be left who administers everything; [`Error::Protected`] for a user who
    /// holds grants outside of the caller's organisation, unless the change only takes something away.
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

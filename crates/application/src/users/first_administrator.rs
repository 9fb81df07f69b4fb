use std::sync::Arc;

use domain::{PasswordPolicy, Role, User, Violations};
use secrecy::SecretString;

use super::UserDraft;
use crate::{
    Actor,
    error::Result,
    identity::Urgency,
    ports::{NewUser, PasswordHasher, UserRepository},
};

/// Makes the first user, who makes all others.
pub struct CreateFirstAdministrator {
    users: Arc<dyn UserRepository>,
    hasher: Arc<dyn PasswordHasher>,
}

impl CreateFirstAdministrator {
    /// With what it needs.
    #[must_use]
    pub fn new(users: Arc<dyn UserRepository>, hasher: Arc<dyn PasswordHasher>) -> Self {
        Self { users, hasher }
    }

    /// Whether a name and a password would do.
    ///
    /// # Errors
    /// Everything that is wrong with them.
    pub fn check(
        username: &str,
        password: SecretString,
        policy: PasswordPolicy,
    ) -> Result<UserDraft, Violations> {
        UserDraft::new(username, password, Role::Admin, None, policy)
    }

    /// Makes an administrator of everything, if there is no user at all; else `None`.
    ///
    /// # Errors
    /// [`crate::Error::Unavailable`].
    pub async fn execute(&self, draft: UserDraft) -> Result<Option<User>> {
        let user = NewUser {
            username: draft.username,
            role: draft.role,
            organization_id: draft.organization_id,
            password: self.hasher.hash(&draft.password, Urgency::Known.into()).await?,
        };
        self.users.create_first(&Actor::command_line(), user).await
    }
}

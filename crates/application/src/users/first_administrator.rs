use domain::{PasswordPolicy, Role, User, Violations};
use secrecy::SecretString;

use super::{UserDraft, Users};
use crate::{Actor, error::Result, identity::Urgency, ports::NewUser};

impl UserDraft {
    /// Checks the name and password of the first administrator, who is a global administrator.
    ///
    /// # Errors
    /// Returns all violations of the fields `username` and `password`.
    pub fn of_first_administrator(
        username: &str,
        password: SecretString,
        policy: PasswordPolicy,
    ) -> Result<Self, Violations> {
        Self::new(username, password, Role::Admin, None, policy)
    }
}

impl Users {
    /// Creates the first user, who can create all others. Returns `None` if there are users already.
    ///
    /// # Errors
    /// Returns [`crate::Error::Unavailable`] if the registry is unavailable.
    pub async fn create_first_administrator(&self, draft: UserDraft) -> Result<Option<User>> {
        let user = NewUser {
            username: draft.username,
            role: draft.role,
            organization_id: draft.organization_id,
            password: self.hasher.hash(&draft.password, Urgency::Known.into()).await?,
        };
        self.repository.create_first(&Actor::command_line(), user).await
    }
}

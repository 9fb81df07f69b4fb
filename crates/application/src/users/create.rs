use domain::{Operation, OrganizationId, PasswordPolicy, Role, User, Username, Violations};
use secrecy::{ExposeSecret as _, SecretString};

use super::Users;
use crate::{
    Actor,
    error::Result,
    identity::{Urgency, prepared},
    ports::NewUser,
};

/// A user to create.
#[derive(Debug, Clone)]
pub struct UserDraft {
    pub username: Username,
    /// Initial password, in the normalised form that is hashed.
    pub password: SecretString,
    pub role: Role,
    /// Organisation of the user; by default that of the creating administrator, if any.
    pub organization_id: Option<OrganizationId>,
}

impl UserDraft {
    /// Checks the name and the password.
    ///
    /// # Errors
    /// Returns all violations of the fields `username` and `password`.
    pub fn new(
        username: &str,
        password: SecretString,
        role: Role,
        organization_id: Option<OrganizationId>,
        policy: PasswordPolicy,
    ) -> Result<Self, Violations> {
        let mut faults = Violations::default();
        let username = faults.keep("username", Username::new(username));
        // If the name is invalid, the password is not compared with it.
        let checked = policy.check(password.expose_secret(), username.as_ref());
        faults.keep("password", checked);
        match username {
            Some(username) if faults.is_empty() => Ok(Self {
                username,
                password: prepared(&password),
                role,
                organization_id,
            }),
            _ => Err(faults),
        }
    }
}

impl Users {
    /// Checks that a caller may create users. APIs call this before they read a body.
    ///
    /// # Errors
    /// Returns [`crate::Error::Forbidden`] unless the caller is an administrator.
    pub fn may_create(&self, actor: &Actor) -> Result<()> {
        actor.must_be_allowed(Operation::ManageUsers)
    }

    /// Creates an enabled user. Administrators of an organisation can create users in this organisation only. Global
    /// administrators can create users in any organisation, or in none.
    ///
    /// # Errors
    /// Returns [`crate::Error::Forbidden`] unless the caller is an administrator; [`crate::Error::Invalid`] for an
    /// invalid name or password; [`crate::Error::NotFound`] for an organisation that does not exist for the caller;
    /// [`crate::Error::Conflict`] for a name that another user has, or that looks like another user's name.
    pub async fn create(&self, actor: &Actor, draft: Result<UserDraft, Violations>) -> Result<User> {
        self.may_create(actor)?;
        let UserDraft {
            username,
            password,
            role,
            organization_id,
        } = draft?;
        let organization_id = match (actor.organization_id, organization_id) {
            (Some(_), wanted) => Some(actor.organization_for(wanted)?),
            (None, wanted) => wanted,
        };
        let password = self.hasher.hash(&password, Urgency::ForAnother.into()).await?;
        let user = NewUser {
            username,
            role,
            organization_id,
            password,
        };
        let user = self.repository.create(actor, user).await?;
        tracing::info!(user.id = %user.id, user.role = %user.role, "user created");
        Ok(user)
    }
}

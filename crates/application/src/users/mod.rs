//! Use cases about users, one file each.

mod administrators;
mod create;
mod delete;
mod first_administrator;
mod get;
mod home;
mod list;
mod update;

use std::sync::Arc;

use domain::PasswordPolicy;

use crate::{
    ports::{PasswordHasher, Ports, UserRepository},
    registry_changes::RegistryChanges,
};

pub use administrators::refusal_without_another;
pub use create::UserDraft;
pub use home::must_have_home;
pub use update::UserUpdate;

pub struct Users {
    repository: Arc<dyn UserRepository>,
    hasher: Arc<dyn PasswordHasher>,
    changes: Arc<RegistryChanges>,
    policy: PasswordPolicy,
}

impl Users {
    /// Creates the use cases on these ports. New passwords must follow the policy.
    #[must_use]
    pub fn new(
        ports: &Ports,
        hasher: Arc<dyn PasswordHasher>,
        changes: Arc<RegistryChanges>,
        policy: PasswordPolicy,
    ) -> Self {
        Self {
            repository: Arc::clone(&ports.users),
            hasher,
            changes,
            policy,
        }
    }

    /// Returns the policy for new passwords, for APIs that parse users.
    #[must_use]
    pub const fn password_policy(&self) -> PasswordPolicy {
        self.policy
    }
}

//! Use cases about grants, one file each. Grants give operators and viewers access to vehicles.

mod create;
mod delete;
mod list;
mod request;

use std::sync::Arc;

use domain::{Role, User};

use crate::{
    Error,
    error::Result,
    ports::{GrantRepository, Ports},
    registry_changes::RegistryChanges,
};

pub use request::GrantRequest;

/// Checks that a user can be given grants. Administrators can't, because they see everything that they administer
/// without grants. Every registry calls this between locking and writing.
///
/// # Errors
/// Returns [`Error::Conflict`] for an administrator.
pub fn must_need_grants(user: &User) -> Result<()> {
    match user.role {
        Role::Admin => Err(Error::Conflict {
            field: "userId",
            message: "a user with the role ADMIN cannot have grants".to_owned(),
        }),
        _ => Ok(()),
    }
}

pub struct Grants {
    repository: Arc<dyn GrantRepository>,
    changes: Arc<RegistryChanges>,
}

impl Grants {
    #[must_use]
    pub fn new(ports: &Ports, changes: Arc<RegistryChanges>) -> Self {
        Self {
            repository: Arc::clone(&ports.grants),
            changes,
        }
    }
}

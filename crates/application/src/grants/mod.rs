//! Grants: what users may see and operate beside what their organisation gives them. One file per use case.

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

/// Checks that a user can be given grants: an administrator sees what it administers without them. Every registry asks this
/// between its lock and its write.
///
/// # Errors
/// [`Error::Conflict`] for an administrator.
pub fn must_need_grants(user: &User) -> Result<()> {
    match user.role {
        Role::Admin => Err(Error::Conflict {
            field: "userId",
            message: "an administrator needs no grants".to_owned(),
        }),
        _ => Ok(()),
    }
}

/// The use cases about grants.
pub struct Grants {
    repository: Arc<dyn GrantRepository>,
    changes: Arc<RegistryChanges>,
}

impl Grants {
    /// The grants of a registry.
    #[must_use]
    pub fn new(ports: &Ports, changes: Arc<RegistryChanges>) -> Self {
        Self {
            repository: Arc::clone(&ports.grants),
            changes,
        }
    }
}

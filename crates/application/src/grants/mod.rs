//! Grants: what users may see and operate beside what their organisation gives them. One file per use case.

mod create;
mod delete;
mod list;
mod request;

use std::sync::Arc;

use crate::{
    ports::{GrantRepository, Ports},
    registry_changes::RegistryChanges,
};

pub use request::GrantRequest;

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

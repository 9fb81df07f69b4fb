//! Use cases about groups of vehicles, one file each.

mod add_vehicle;
mod create;
mod delete;
mod get;
mod list;
mod remove_vehicle;
mod rename;

use std::sync::Arc;

use domain::{GroupId, Operation};

use crate::{
    Actor, Error,
    error::Result,
    ports::{GroupRepository, Ports},
    registry_changes::RegistryChanges,
};

pub struct Groups {
    repository: Arc<dyn GroupRepository>,
    changes: Arc<RegistryChanges>,
}

impl Groups {
    #[must_use]
    pub fn new(ports: &Ports, changes: Arc<RegistryChanges>) -> Self {
        Self {
            repository: Arc::clone(&ports.groups),
            changes,
        }
    }

    /// Checks that an actor may manage groups. If it may not, the error is [`Error::Forbidden`], or [`Error::NotFound`]
    /// if the actor can't see the group either.
    async fn permit(&self, actor: &Actor, id: GroupId) -> Result<()> {
        let look = async {
            let found = self.repository.find_by_id(&actor.scope, id).await?;
            found.ok_or_else(Error::group_not_found)
        };
        actor.must_be_allowed_on(Operation::ManageGroups, look).await
    }
}

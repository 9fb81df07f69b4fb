//! Use cases about organisations (tenants), one file each.

mod contents;
mod create;
mod delete;
mod get;
mod list;
mod rename;

use std::sync::Arc;

use domain::{Operation, OrganizationId};

use crate::{
    Actor, Error,
    error::Result,
    ports::{OrganizationRepository, Ports},
};

pub use contents::{OrganizationContents, must_be_deletable};

pub struct Organizations {
    repository: Arc<dyn OrganizationRepository>,
}

impl Organizations {
    #[must_use]
    pub fn new(ports: &Ports) -> Self {
        let repository = Arc::clone(&ports.organizations);
        Self { repository }
    }

    /// Checks that an actor may manage organisations. If it may not, the error is [`Error::Forbidden`], or
    /// [`Error::NotFound`] if the actor can't see the organisation either.
    async fn permit(&self, actor: &Actor, id: OrganizationId) -> Result<()> {
        let look = async {
            let found = self.repository.find_by_id(&actor.scope, id).await?;
            found.ok_or_else(Error::organization_not_found)
        };
        actor
            .must_be_allowed_on(Operation::ManageOrganizations, look)
            .await
    }
}

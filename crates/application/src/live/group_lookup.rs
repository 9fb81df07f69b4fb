//! Lookup of the groups that subscribers name.

use std::sync::Arc;

use domain::GroupId;

use super::service::Live;
use crate::{
    Actor,
    error::{Error, Result},
    ports::GroupRepository,
};

/// Checks that groups exist. Groups with vehicles are found in the live core, even while the registry is unavailable;
/// other groups need a query of the registry.
#[derive(Clone)]
pub struct GroupLookup {
    live: Arc<Live>,
    repository: Arc<dyn GroupRepository>,
}

impl GroupLookup {
    #[must_use]
    pub fn new(live: Arc<Live>, repository: Arc<dyn GroupRepository>) -> Self {
        Self { live, repository }
    }

    /// Checks that a group exists and is within the caller's scope.
    ///
    /// # Errors
    /// Returns [`Error::NotFound`] if it does not exist or is outside the scope; [`Error::Unavailable`] if the live
    /// core does not know it and the registry is unavailable.
    pub async fn check(&self, actor: &Actor, id: GroupId) -> Result<()> {
        if self.live.read(|core, _| core.has_group(&actor.scope, id)) {
            return Ok(());
        }
        let found = self.repository.find_by_id(&actor.scope, id).await?;
        found.map(|_| ()).ok_or_else(Error::group_not_found)
    }
}

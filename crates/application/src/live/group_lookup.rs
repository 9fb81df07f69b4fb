//! Existence of a group for a caller.

use std::sync::Arc;

use domain::GroupId;

use super::service::Live;
use crate::{
    Actor,
    error::{Error, Result},
    ports::GroupRepository,
};

/// Finds groups for subscribers. It queries the live core first, so that groups with vehicles can be subscribed to
/// while the registry is unavailable, and then the registry, for groups without vehicles.
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

    /// Returns `Ok` if the group exists for the caller.
    ///
    /// # Errors
    /// [`Error::NotFound`] if it does not exist, or not for this caller; [`Error::Unavailable`] if it has no vehicles
    /// and the registry is unavailable.
    pub async fn check(&self, actor: &Actor, id: GroupId) -> Result<()> {
        if self.live.read(|core, _| core.has_group(&actor.scope, id)) {
            return Ok(());
        }
        let found = self.repository.find_by_id(&actor.scope, id).await?;
        found.map(|_| ()).ok_or_else(Error::group_not_found)
    }
}

use std::sync::Arc;

use domain::{Group, GroupId};

use crate::{Actor, error::Result, ports::GroupRepository};

/// Shows groups by their ids.
pub struct GetGroups {
    groups: Arc<dyn GroupRepository>,
}

impl GetGroups {
    /// With what it needs.
    #[must_use]
    pub fn new(groups: Arc<dyn GroupRepository>) -> Self {
        Self { groups }
    }

    /// One group, or nothing when there is none for this caller.
    ///
    /// # Errors
    /// [`crate::Error::Unavailable`].
    pub async fn one(&self, actor: &Actor, id: GroupId) -> Result<Option<Group>> {
        self.groups.find_by_id(&actor.scope, id).await
    }

    /// Several groups, in no order; those that are not there for this caller are left out.
    ///
    /// # Errors
    /// [`crate::Error::Unavailable`].
    pub async fn several(&self, actor: &Actor, ids: &[GroupId]) -> Result<Vec<Group>> {
        self.groups.find_by_ids(&actor.scope, ids).await
    }
}

use domain::{Group, GroupId};

use super::Groups;
use crate::{Actor, error::Result};

impl Groups {
    /// Returns a group; `None` if it does not exist for the caller.
    ///
    /// # Errors
    /// Returns [`crate::Error::Unavailable`] if the registry is unavailable.
    pub async fn get(&self, actor: &Actor, id: GroupId) -> Result<Option<Group>> {
        self.repository.find_by_id(&actor.scope, id).await
    }

    /// Returns several groups in no particular order. Groups that don't exist for the caller are omitted.
    ///
    /// # Errors
    /// Returns [`crate::Error::Unavailable`] if the registry is unavailable.
    pub async fn get_several(&self, actor: &Actor, ids: &[GroupId]) -> Result<Vec<Group>> {
        self.repository.find_by_ids(&actor.scope, ids).await
    }
}

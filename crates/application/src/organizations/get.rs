use domain::{Organization, OrganizationId};

use super::Organizations;
use crate::{Actor, error::Result};

impl Organizations {
    /// Returns an organisation; `None` if it does not exist for the caller.
    ///
    /// # Errors
    /// Returns [`crate::Error::Unavailable`] if the registry is unavailable.
    pub async fn get(&self, actor: &Actor, id: OrganizationId) -> Result<Option<Organization>> {
        self.repository.find_by_id(&actor.scope, id).await
    }
}

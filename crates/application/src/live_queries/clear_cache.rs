use domain::Operation;

use super::LiveQueries;
use crate::{Actor, error::Result};

impl LiveQueries {
    /// Clears the cache of positions and states that queries on this server have read from the live keys.
    ///
    /// # Errors
    /// Returns [`crate::Error::Forbidden`] unless the caller is an administrator.
    pub fn clear_cache(&self, actor: &Actor) -> Result<()> {
        actor.must_be_allowed(Operation::ClearCache)?;
        self.observer.cache().clear();
        tracing::info!("cache cleared");
        Ok(())
    }
}

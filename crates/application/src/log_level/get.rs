use domain::Operation;

use super::{LogLevel, LogLevelStatus};
use crate::{Actor, error::Result};

impl LogLevel {
    /// Returns the level in effect.
    ///
    /// # Errors
    /// Returns [`crate::Error::Forbidden`] unless the caller is an administrator who belongs to no organisation.
    pub fn get(&self, actor: &Actor) -> Result<LogLevelStatus> {
        actor.must_be_allowed(Operation::ManageLogLevel)?;
        Ok(self.status())
    }
}

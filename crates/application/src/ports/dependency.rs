use async_trait::async_trait;

use crate::error::Result;

/// Operations that a reachable dependency serves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Capability {
    /// The dependency serves reads and writes.
    ReadWrite,
    /// The dependency serves reads and rejects writes.
    ReadOnly {
        /// Reason, which may be shown to anyone.
        reason: &'static str,
    },
}

/// An external service that the server depends on, such as the database.
#[async_trait]
pub trait Dependency: Send + Sync {
    /// Returns the name of the dependency in errors and logs, such as "database".
    fn name(&self) -> &'static str;

    /// Checks whether the dependency is reachable and accepts writes. The check may write a key of its own, but changes
    /// no other data. Callers apply a timeout, so the future must be safe to drop.
    ///
    /// # Errors
    /// [`crate::Error::Unavailable`] when the dependency does not answer.
    async fn check(&self) -> Result<Capability>;
}

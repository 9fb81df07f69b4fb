use async_trait::async_trait;

use crate::error::Result;

/// Capability of a dependency that answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Capability {
    /// The dependency serves reads and writes.
    ReadWrite,
    /// The dependency serves reads and refuses all writes.
    ReadOnly {
        /// Reason that may be published.
        reason: &'static str,
    },
}

/// An external service that the server depends on, such as the database.
#[async_trait]
pub trait Dependency: Send + Sync {
    /// Returns the name of the dependency in health reports and metrics, such as "database". It must be one of a fixed
    /// set of names.
    fn name(&self) -> &'static str;

    /// Makes one round trip that changes no data, and checks whether writes would succeed. Callers apply a timeout, so
    /// the future must be safe to drop.
    ///
    /// # Errors
    /// [`crate::Error::Unavailable`] when it does not answer.
    async fn check(&self) -> Result<Capability>;
}

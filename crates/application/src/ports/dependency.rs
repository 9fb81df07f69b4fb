use async_trait::async_trait;

use crate::error::Result;

/// The abilities of a dependency that answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Capability {
    /// It reads and writes.
    ReadWrite,
    /// It refuses every write.
    ReadOnly {
        /// The reason, in words that may be published.
        reason: &'static str,
    },
}

/// Something outside this process that the server leans on, such as the database.
#[async_trait]
pub trait Dependency: Send + Sync {
    /// What operators call it, such as "database"; a bounded word.
    fn name(&self) -> &'static str;

    /// Makes one round trip that changes no data, and finds out whether writes would succeed.
    /// Callers limit the time.
    ///
    /// # Errors
    /// [`crate::Error::Unavailable`] when it does not answer.
    async fn check(&self) -> Result<Capability>;
}

use async_trait::async_trait;

use crate::error::Result;

/// Something outside this process that the server leans on, such as the database.
#[async_trait]
pub trait Dependency: Send + Sync {
    /// What operators call it, such as "database"; a bounded word.
    fn name(&self) -> &'static str;

    /// Makes one round trip that changes nothing. Whoever asks limits the time.
    ///
    /// # Errors
    /// [`crate::Error::Unavailable`] when it does not answer.
    async fn check(&self) -> Result<()>;
}

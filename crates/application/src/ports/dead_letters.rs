use async_trait::async_trait;

use crate::{error::Result, telemetry::DeadLetter};

/// Keeps what was not taken, so that somebody can find out why a robot is not seen.
#[async_trait]
pub trait DeadLetters: Send + Sync {
    /// Keeps each letter once, however many servers got the same message. Two messages of the same content
    /// are two letters. The oldest letters make room when there are about 10,000.
    ///
    /// # Errors
    /// [`crate::Error::Unavailable`]; letters of the failed call may or may not have been kept.
    async fn append(&self, letters: &[DeadLetter]) -> Result<()>;
}

use async_trait::async_trait;

use crate::{error::Result, telemetry::DeadLetter};

/// Stores rejected messages, so that operators can find out why a robot's reports are not accepted.
#[async_trait]
pub trait DeadLetters: Send + Sync {
    /// Appends letters. Each is stored once, regardless of the number of servers that received the same message. Two
    /// messages with the same content are two letters. The store keeps about 10,000 letters and drops the oldest ones.
    ///
    /// # Errors
    /// [`crate::Error::Unavailable`]; any part of the letters may have been stored.
    async fn append(&self, letters: &[DeadLetter]) -> Result<()>;
}

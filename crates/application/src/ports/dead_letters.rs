use async_trait::async_trait;

use crate::{error::Result, telemetry::DeadLetter};

/// The store of rejected messages, in which operators can look up why a robot's reports are not accepted.
#[async_trait]
pub trait DeadLetters: Send + Sync {
    /// Appends dead letters. A message that several servers have rejected is stored once, but two messages with the
    /// same content are stored as two letters. The store keeps about 10,000 letters and drops the oldest ones.
    ///
    /// # Errors
    /// [`crate::Error::Unavailable`] when the store is unreachable; some of the letters may have been stored.
    async fn append(&self, letters: &[DeadLetter]) -> Result<()>;
}

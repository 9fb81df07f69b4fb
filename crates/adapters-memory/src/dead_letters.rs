//! Dead letters of a single server, with a maximum number of letters.

use std::collections::VecDeque;

use application::{Result, ports::DeadLetters, telemetry::DeadLetter};
use async_trait::async_trait;
use parking_lot::Mutex;

/// The newest dead letters of this process.
#[derive(Debug, Default)]
pub struct MemoryDeadLetters {
    kept: Mutex<VecDeque<DeadLetter>>,
}

impl MemoryDeadLetters {
    /// Maximum number of letters; beyond it the oldest are dropped.
    pub const CAPACITY: usize = 10_000;

    /// Returns all letters, the oldest first.
    #[must_use]
    pub fn kept(&self) -> Vec<DeadLetter> {
        self.kept.lock().iter().cloned().collect()
    }
}

#[async_trait]
impl DeadLetters for MemoryDeadLetters {
    async fn append(&self, letters: &[DeadLetter]) -> Result<()> {
        let mut kept = self.kept.lock();
        for letter in letters {
            if kept.len() == Self::CAPACITY {
                kept.pop_front();
            }
            kept.push_back(letter.clone());
        }
        Ok(())
    }
}

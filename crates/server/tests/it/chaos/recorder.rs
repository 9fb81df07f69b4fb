//! The history while clients add to it.

use std::{
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use super::history::{History, Outcome, Trouble, Write};

/// Access to the history of a round, shared by its clients.
#[derive(Debug, Clone)]
pub(super) struct Recorder {
    began: Instant,
    history: Arc<Mutex<History>>,
}

impl Recorder {
    pub(super) fn new() -> Self {
        Self {
            began: Instant::now(),
            history: Arc::default(),
        }
    }

    /// Returns the time since the start of the round.
    pub(super) fn now(&self) -> Duration {
        self.began.elapsed()
    }

    /// Reads or extends the history.
    pub(super) fn with<T>(&self, work: impl FnOnce(&mut History) -> T) -> T {
        work(&mut self.history.lock().expect("the lock is not poisoned"))
    }

    /// Records a write before it is sent, and returns its index.
    pub(super) fn invoke(&self, write: Write) -> usize {
        self.with(|history| {
            history.writes.push(write);
            history.writes.len() - 1
        })
    }

    /// Records the outcome of a write.
    pub(super) fn complete(&self, index: usize, outcome: Outcome) {
        let ended = self.now();
        self.with(|history| {
            let write = &mut history.writes[index];
            (write.ended, write.outcome) = (ended, outcome);
        });
    }

    /// Records a sign of a fault.
    pub(super) fn trouble(&self, sign: String) {
        let at = self.now();
        self.with(|history| history.troubles.push(Trouble { sign, at }));
    }
}

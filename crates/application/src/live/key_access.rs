//! Whether the workers can write the live keys.

use std::sync::atomic::{AtomicBool, Ordering};

use crate::error::Result;

/// A task that writes live keys.
#[derive(Debug, Clone, Copy)]
pub(super) enum KeyWriter {
    /// Writes what vehicles say.
    Behind,
    /// Keeps all keys in step with the live core and the registry.
    Sync,
}

/// The outcome of each task's last attempt. A store may answer, take the writes of a probe, and refuse those of live keys.
#[derive(Debug, Default)]
pub(super) struct KeyAccess {
    has_failed: [AtomicBool; 2],
}

impl KeyAccess {
    /// Notes an outcome. A change is logged.
    pub(super) fn note(&self, writer: KeyWriter, outcome: &Result<()>) {
        let has_failed = outcome.is_err();
        let before = self.has_failed[writer as usize].swap(has_failed, Ordering::Relaxed);
        match outcome {
            Err(error) if !before => {
                let cause = std::error::Error::source(error);
                tracing::warn!(%error, cause, "live keys cannot be written");
            }
            Ok(()) if before => tracing::info!("live keys are written again"),
            _ => {}
        }
    }

    /// Whether the last attempt of any task has failed.
    pub(super) fn is_failing(&self) -> bool {
        self.has_failed
            .iter()
            .any(|failed| failed.load(Ordering::Relaxed))
    }
}

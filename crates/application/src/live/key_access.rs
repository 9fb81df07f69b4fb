//! Record of whether the workers can write the live keys.

use std::sync::atomic::{AtomicBool, Ordering};

use crate::error::Result;

#[derive(Debug, Clone, Copy)]
pub(crate) enum KeyWriter {
    /// Writes the keys of vehicles from which messages have arrived.
    Behind,
    /// Reconciles all keys with the live core and the registry.
    Sync,
}

/// Outcome of each task's last attempt. A health probe is not enough: a store may accept the probe's writes and still
/// reject those to live keys.
#[derive(Debug, Default)]
pub(crate) struct KeyAccess {
    has_failed: [AtomicBool; 2],
}

impl KeyAccess {
    /// Records an outcome, and logs it if it differs from the previous one.
    pub(crate) fn note(&self, writer: KeyWriter, outcome: &Result<()>) {
        let has_failed = outcome.is_err();
        let before = self.has_failed[writer as usize].swap(has_failed, Ordering::Relaxed);
        match outcome {
            Err(error) if !before => {
                tracing::warn!(error = error.chain(), "live keys cannot be written");
            }
            Ok(()) if before => tracing::info!("live keys are written again"),
            _ => {}
        }
    }

    pub(super) fn is_failing(&self) -> bool {
        self.has_failed
            .iter()
            .any(|failed| failed.load(Ordering::Relaxed))
    }
}

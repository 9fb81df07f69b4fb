use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::watch;

use crate::registry::Sequence;

/// State of the live core's copy of the registry.
#[derive(Debug)]
pub struct RegistryStatus {
    is_loaded: AtomicBool,
    is_current: AtomicBool,
    /// Number of the last event of the registry's log that the live core contains.
    applied: watch::Sender<Sequence>,
}

impl Default for RegistryStatus {
    fn default() -> Self {
        Self {
            is_loaded: AtomicBool::new(false),
            is_current: AtomicBool::new(false),
            applied: watch::Sender::new(Sequence::START),
        }
    }
}

impl RegistryStatus {
    /// Returns `true` once all vehicles of the registry have been loaded.
    #[must_use]
    pub fn is_loaded(&self) -> bool {
        self.is_loaded.load(Ordering::Acquire)
    }

    /// Returns `true` if the last read of the registry succeeded. In that case, a vehicle that the live core does not
    /// know does not exist.
    pub(crate) fn is_current(&self) -> bool {
        self.is_current.load(Ordering::Acquire)
    }

    /// Waits until the live core contains all events up to a number. Cancel-safe.
    pub(crate) async fn until_applied(&self, number: Sequence) {
        let mut applied = self.applied.subscribe();
        // Fails only if the sender is dropped, and `self` holds it.
        let _ = applied.wait_for(|applied| *applied >= number).await;
    }

    /// Records that all events up to a number were applied.
    pub(crate) fn set_loaded(&self, applied: Sequence) {
        self.is_loaded.store(true, Ordering::Release);
        self.is_current.store(true, Ordering::Release);
        self.applied.send_replace(applied);
    }

    pub(crate) fn set_away(&self) {
        self.is_current.store(false, Ordering::Release);
    }
}

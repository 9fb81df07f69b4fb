use std::sync::atomic::{AtomicBool, Ordering};

/// State of the live core's copy of the registry.
#[derive(Debug, Default)]
pub struct RegistryStatus {
    is_loaded: AtomicBool,
    is_current: AtomicBool,
}

impl RegistryStatus {
    /// Returns `true` once all vehicles of the registry have been loaded.
    #[must_use]
    pub fn is_loaded(&self) -> bool {
        self.is_loaded.load(Ordering::Acquire)
    }

    /// Returns `true` if the last read of the registry succeeded. A vehicle that the live core does not know then does
    /// not exist.
    pub(super) fn is_current(&self) -> bool {
        self.is_current.load(Ordering::Acquire)
    }

    pub(crate) fn set_loaded(&self) {
        self.is_loaded.store(true, Ordering::Release);
        self.is_current.store(true, Ordering::Release);
    }

    pub(crate) fn set_away(&self) {
        self.is_current.store(false, Ordering::Release);
    }
}

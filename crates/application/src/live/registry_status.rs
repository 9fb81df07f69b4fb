use std::sync::atomic::{AtomicBool, Ordering};

/// How far the live core knows the registry.
#[derive(Debug, Default)]
pub struct RegistryStatus {
    is_loaded: AtomicBool,
    is_current: AtomicBool,
}

impl RegistryStatus {
    /// Whether all vehicles are known.
    #[must_use]
    pub fn is_loaded(&self) -> bool {
        self.is_loaded.load(Ordering::Acquire)
    }

    /// Whether the last look at the registry succeeded, so that a vehicle which is unknown here does not exist.
    pub(super) fn is_current(&self) -> bool {
        self.is_current.load(Ordering::Acquire)
    }

    /// Notes that a look at the registry succeeded.
    pub(crate) fn set_loaded(&self) {
        self.is_loaded.store(true, Ordering::Release);
        self.is_current.store(true, Ordering::Release);
    }

    /// Notes that a look at the registry failed.
    pub(crate) fn set_away(&self) {
        self.is_current.store(false, Ordering::Release);
    }
}

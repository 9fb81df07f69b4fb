use std::{
    ops::Range,
    sync::atomic::{AtomicU64, Ordering},
};

use crate::clock::Nanos;

/// Range of the measured time, which is set while the clients are running.
#[derive(Debug)]
pub(crate) struct Window {
    start: AtomicU64,
    end: AtomicU64,
}

impl Default for Window {
    /// Returns a range that has not started and contains no time.
    fn default() -> Self {
        Self {
            start: AtomicU64::new(u64::MAX),
            end: AtomicU64::new(u64::MAX),
        }
    }
}

impl Window {
    /// Sets the start to the current time.
    pub(crate) fn begin(&self) {
        self.start.store(Nanos::now().0, Ordering::Release);
    }

    /// Sets the end to the current time.
    pub(crate) fn end(&self) {
        self.end.store(Nanos::now().0, Ordering::Release);
    }

    #[must_use]
    pub(crate) fn range(&self) -> Range<Nanos> {
        Nanos(self.start.load(Ordering::Acquire))..Nanos(self.end.load(Ordering::Acquire))
    }
}

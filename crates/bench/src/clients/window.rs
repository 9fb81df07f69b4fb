//! The measured time.

use std::{
    ops::Range,
    sync::atomic::{AtomicU64, Ordering},
};

use crate::clock::Nanos;

/// Begins and ends while the clients work.
#[derive(Debug)]
pub struct Window {
    start: AtomicU64,
    end: AtomicU64,
}

impl Default for Window {
    /// One that has not begun.
    fn default() -> Self {
        Self {
            start: AtomicU64::new(u64::MAX),
            end: AtomicU64::new(u64::MAX),
        }
    }
}

impl Window {
    /// Begins now.
    pub fn begin(&self) {
        self.start.store(Nanos::now().0, Ordering::Release);
    }

    /// Ends now.
    pub fn end(&self) {
        self.end.store(Nanos::now().0, Ordering::Release);
    }

    /// The time itself.
    #[must_use]
    pub fn range(&self) -> Range<Nanos> {
        Nanos(self.start.load(Ordering::Acquire))..Nanos(self.end.load(Ordering::Acquire))
    }
}

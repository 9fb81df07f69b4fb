//! The clock of a run. The publisher and the clients share it in one process, so latencies are plain differences.

use std::{sync::LazyLock, time::Duration, time::Instant};

static START: LazyLock<Instant> = LazyLock::new(Instant::now);

/// Nanoseconds since the first use of the clock.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Nanos(pub u64);

impl Nanos {
    /// Returns the current time, which is never 0.
    #[must_use]
    pub(crate) fn now() -> Self {
        Self(START.elapsed().as_nanos() as u64 + 1)
    }

    /// Returns the time elapsed since `earlier`; zero if `earlier` is later.
    #[must_use]
    pub(crate) const fn since(self, earlier: Self) -> Duration {
        Duration::from_nanos(self.0.saturating_sub(earlier.0))
    }
}

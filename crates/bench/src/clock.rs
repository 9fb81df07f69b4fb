//! The one clock of a run: publisher and clients are in the same process, so that a latency is a difference.

use std::{sync::LazyLock, time::Duration, time::Instant};

static START: LazyLock<Instant> = LazyLock::new(Instant::now);

/// Nanoseconds since the first look at the clock.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Nanos(pub u64);

impl Nanos {
    /// The present time; never 0.
    #[must_use]
    pub fn now() -> Self {
        Self(START.elapsed().as_nanos() as u64 + 1)
    }

    /// How long ago `earlier` was.
    #[must_use]
    pub const fn since(self, earlier: Self) -> Duration {
        Duration::from_nanos(self.0.saturating_sub(earlier.0))
    }
}

//! A reading of the wall clock and of the monotonic clock.

use std::time::Duration;

use domain::telemetry::Timestamp;

/// A point in time on this server, as read from the wall clock, which may be set back, and from a monotonic clock.
/// Comparisons with robots' timestamps use the wall clock; waiting times use the monotonic clock.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Moment {
    /// Microseconds since 1970-01-01T00:00:00Z.
    pub unix_us: u64,
    /// Microseconds since this server started.
    pub uptime_us: u64,
}

impl Moment {
    /// Returns the wall-clock time, in milliseconds.
    #[must_use]
    pub fn wall(self) -> Timestamp {
        let ms = i64::try_from(self.unix_us / 1_000).unwrap_or(i64::MAX);
        Timestamp::from_unix_ms(ms).unwrap_or(Timestamp::MAX)
    }

    /// Returns the time since the server started.
    #[must_use]
    pub const fn uptime(self) -> Duration {
        Duration::from_micros(self.uptime_us)
    }

    /// Returns the time since `earlier` according to the monotonic clock; zero if `earlier` is later.
    #[must_use]
    pub const fn since(self, earlier: Self) -> Duration {
        Duration::from_micros(self.uptime_us.saturating_sub(earlier.uptime_us))
    }

    /// Returns the moment `pause` later, on both clocks.
    #[must_use]
    pub fn after(self, pause: Duration) -> Self {
        let us = whole_us(pause);
        Self {
            unix_us: self.unix_us.saturating_add(us),
            uptime_us: self.uptime_us.saturating_add(us),
        }
    }
}

/// Returns a duration in whole microseconds.
pub(crate) fn whole_us(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}

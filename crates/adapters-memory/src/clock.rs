//! The clock of a server: the wall clock and the monotonic clock of this machine.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use application::{Moment, ports::Clock};

/// Wall clock, and the time since this clock was started.
#[derive(Debug, Clone, Copy)]
pub struct SystemClock {
    started: Instant,
}

impl SystemClock {
    #[must_use]
    pub fn start() -> Self {
        Self {
            started: Instant::now(),
        }
    }
}

impl Clock for SystemClock {
    fn now(&self) -> Moment {
        // A clock that is set to a time before 1970 is treated as if it were set to 1970.
        let since_epoch = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or(Duration::ZERO);
        Moment {
            unix_us: whole_us(since_epoch),
            uptime_us: whole_us(self.started.elapsed()),
        }
    }
}

fn whole_us(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}

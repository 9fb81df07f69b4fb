use crate::Moment;

/// Rate and burst of a limit, based on the generic cell rate algorithm (GCRA).
#[derive(Debug, Clone, Copy)]
pub(super) struct Pace {
    interval_us: u64,
    burst_us: u64,
}

impl Pace {
    pub(super) const fn of(per_second: u64) -> Self {
        Self {
            interval_us: 1_000_000 / per_second,
            burst_us: 1_000_000,
        }
    }

    /// Takes a slot. Returns `false` if none is free. `full_at_us` is the time at which all slots are free again.
    pub(super) fn take(self, full_at_us: &mut u64, now: Moment) -> bool {
        let after = (*full_at_us).max(now.uptime_us) + self.interval_us;
        let is_free = after - now.uptime_us <= self.burst_us;
        if is_free {
            *full_at_us = after;
        }
        is_free
    }

    /// Returns the time at which the next slot is free.
    pub(super) const fn free_at_us(self, full_at_us: u64) -> u64 {
        (full_at_us + self.interval_us).saturating_sub(self.burst_us)
    }
}

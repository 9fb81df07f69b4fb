//! Size of a soak run.

use std::{ops::RangeInclusive, time::Duration};

use crate::workload::{WORKLOADS, Workload};

/// Size of a soak run.
#[derive(Debug, Clone)]
pub(crate) struct Scale {
    /// The vehicles, and the steady clients, which stay until the end.
    pub(super) workload: Workload,
    /// Time in which visitors arrive.
    pub(super) duration: Duration,
    /// Number of visitors per second.
    pub(super) arrivals_hz: u32,
    /// Time that a visitor stays, in milliseconds.
    pub(super) stay_ms: RangeInclusive<u64>,
    /// Whether the growth of memory is checked. In a short run, the caches and pools of the server are still filling.
    pub(super) checks_memory: bool,
}

impl Scale {
    /// Returns the size of a full run: a thousand updates per second, and visitors for this time.
    pub(crate) const fn full(duration: Duration) -> Self {
        Self {
            workload: Workload {
                name: "soak",
                clients: 10,
                ..WORKLOADS[0]
            },
            duration,
            arrivals_hz: 20,
            stay_ms: 1_000..=10_000,
            checks_memory: true,
        }
    }

    /// Size of a short run: about ten seconds with a small load, for a build without optimization.
    pub(crate) const SHORT: Self = Self {
        workload: Workload {
            name: "small",
            vehicles: 20,
            clients: 5,
            ..WORKLOADS[0]
        },
        duration: Duration::from_secs(8),
        arrivals_hz: 20,
        stay_ms: 200..=2_000,
        checks_memory: false,
    };

    /// Returns the number of visitors in the whole run.
    pub(super) const fn arrivals(&self) -> u32 {
        self.duration.as_secs() as u32 * self.arrivals_hz
    }
}

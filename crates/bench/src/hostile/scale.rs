//! Size of a hostile run.

use std::time::Duration;

use crate::workload::{WORKLOADS, Workload};

/// Size of a hostile run.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Scale {
    /// The load during all attacks.
    pub(super) workload: Workload,
    /// Number of registered vehicles besides those of the load.
    pub(super) registered: u32,
    /// Divisor for the number of connections and rows of an attack.
    divisor: u32,
    /// Time for the server to release memory after the last attack.
    pub(super) afterwards: Duration,
    /// Whether times are checked: latency compared with the load alone, and CPU time. They are meaningless for a build
    /// without optimization on a machine that is compiling at the same time.
    pub(super) judges_times: bool,
}

impl Scale {
    /// W1 with a large registry, attacked with full force: for an optimized build on a quiet machine.
    pub(crate) const FULL: Self = Self {
        workload: WORKLOADS[0],
        registered: 60_000,
        divisor: 1,
        afterwards: Duration::from_secs(60),
        judges_times: true,
    };

    /// The same attacks with a tenth of the force on a small load: for a build without optimization.
    pub(crate) const SHORT: Self = Self {
        workload: Workload {
            name: "small",
            vehicles: 20,
            rate_hz: 10.0,
            clients: 5,
            ..WORKLOADS[0]
        },
        registered: 2_000,
        divisor: 10,
        afterwards: Duration::from_secs(15),
        judges_times: false,
    };

    /// Scales a number given for full force.
    pub(super) const fn of(&self, at_full_force: u32) -> u32 {
        at_full_force / self.divisor
    }
}

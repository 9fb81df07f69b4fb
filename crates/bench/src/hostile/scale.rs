//! The size of a hostile run.

use std::time::Duration;

use crate::workload::{WORKLOADS, Workload};

/// How much of everything there is in a run.
#[derive(Debug, Clone, Copy)]
pub struct Scale {
    /// The load that has to go on.
    pub(super) workload: Workload,
    /// How many vehicles the registry has beside those that move.
    pub(super) registered: u32,
    /// By how much the number of connections and rows of an attack is divided.
    divisor: u32,
    /// How long the server has to give its memory back.
    pub(super) afterwards: Duration,
    /// Whether times are judged: latency against the load by itself, and CPU time. A build without optimization, on a
    /// machine that compiles meanwhile, says nothing about either.
    pub(super) judges_times: bool,
}

impl Scale {
    /// W1 beside a large registry, attacked with full force: for an optimized build on a quiet machine.
    pub const FULL: Self = Self {
        workload: WORKLOADS[0],
        registered: 60_000,
        divisor: 1,
        afterwards: Duration::from_secs(60),
        judges_times: true,
    };

    /// The same attacks with a tenth of the force beside a small load: for a build without optimization.
    pub const SHORT: Self = Self {
        workload: Workload {
            name: "small",
            vehicles: 20,
            rate_hz: 10.0,
            clients: 5,
            ..WORKLOADS[0]
        },
        registered: 2_000,
        divisor: 10,
        afterwards: Duration::from_secs(20),
        judges_times: false,
    };

    /// This many of something at full force.
    pub(super) const fn of(&self, at_full_force: u32) -> u32 {
        at_full_force / self.divisor
    }
}

//! Figures of a report.

use crate::{measure::Outcome, workload::Workload};

/// One load on both systems.
#[derive(Debug, Clone)]
pub struct Comparison {
    /// The load.
    pub workload: Workload,
    /// What the yardstick made of it.
    pub forwarder: Outcome,
    /// What the server made of it.
    pub server: Outcome,
}

/// Memory of an idle socket, in bytes.
#[derive(Debug, Clone, Copy)]
pub struct IdleMemory {
    /// How many there were.
    pub sockets: u32,
    /// The yardstick's.
    pub forwarder: u64,
    /// The server's.
    pub server: u64,
}

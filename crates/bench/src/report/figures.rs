//! Figures of the report.

use crate::{measure::Outcome, workload::Workload};

/// Results of one load on both systems.
#[derive(Debug, Clone)]
pub(super) struct Comparison {
    pub workload: Workload,
    pub forwarder: Outcome,
    pub server: Outcome,
}

/// Memory per idle socket, in bytes.
#[derive(Debug, Clone, Copy)]
pub(super) struct IdleMemory {
    /// Number of sockets over which the memory is averaged.
    pub sockets: u32,
    pub forwarder: u64,
    pub server: u64,
}

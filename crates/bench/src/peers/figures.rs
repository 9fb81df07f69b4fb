use crate::{measure::Outcome, workload::Workload};

/// Figures of one system.
#[derive(Debug, Clone)]
pub(super) struct Measured {
    pub name: &'static str,
    /// Versions of its programs.
    pub versions: String,
    /// Results under each load, or the reason why there are none.
    pub loads: Vec<(Workload, Result<Outcome, String>)>,
    /// Memory per idle socket, in bytes, or the reason why it is unknown.
    pub idle_bytes: Result<u64, String>,
}

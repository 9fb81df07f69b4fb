/// Result of a synchronisation.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct SyncReport {
    /// Number of vehicles whose keys were compared with the data of this server.
    pub compared: usize,
    /// Number of mismatches that this server has repaired.
    pub repaired: usize,
}

/// A synchronisation in progress.
#[derive(Debug, Default)]
pub(super) struct Round {
    pub(super) report: SyncReport,
    /// Whether waiting for the registry took too long, in which case the rest of the synchronisation does not wait for
    /// it.
    pub(super) is_registry_slow: bool,
}

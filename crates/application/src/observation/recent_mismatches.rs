//! The newest mismatch of each vehicle, in memory.

use domain::{VehicleId, vehicle::LastMismatch};
use moka::sync::Cache;

use crate::ports::SyncMismatch;

/// Maximum number of vehicles whose newest mismatch is kept.
const MAX_KEPT: u64 = 10_000;

/// The newest mismatch of each vehicle, as far as the log of mismatches contains it.
pub(crate) struct RecentMismatches(Cache<VehicleId, LastMismatch>);

impl Default for RecentMismatches {
    fn default() -> Self {
        Self(Cache::new(MAX_KEPT))
    }
}

impl RecentMismatches {
    /// Records mismatches, the oldest first.
    pub(crate) fn note(&self, mismatches: &[SyncMismatch]) {
        for mismatch in mismatches {
            let SyncMismatch {
                vehicle_id,
                kind,
                detail,
                at,
            } = mismatch;
            if let Some(id) = *vehicle_id {
                let newest = LastMismatch {
                    kind: *kind,
                    detail: detail.clone(),
                    at: *at,
                };
                self.0.insert(id, newest);
            }
        }
    }

    pub(crate) fn of(&self, id: VehicleId) -> Option<LastMismatch> {
        self.0.get(&id)
    }
}

//! Counting and announcement of repaired mismatches, and receipt of those that other servers announce.

use std::sync::Arc;

use domain::vehicle::MismatchKind;
use metrics::{Counter, counter};
use tokio::sync::Mutex;

use crate::{
    observation::RecentMismatches,
    ports::{MismatchLog, MismatchPlace, SyncMismatch},
};

/// Maximum number of pages of the log that are read at a time.
const PAGES_AT_ONCE: usize = 20;

/// Announces to all servers the mismatches that this server has repaired, and receives those that the others announce.
pub(super) struct Announcer {
    log: Arc<dyn MismatchLog>,
    recent: Arc<RecentMismatches>,
    /// Place in the log up to which mismatches were received.
    place: Mutex<MismatchPlace>,
    /// Counters indexed by [`MismatchKind`].
    counters: Vec<Counter>,
}

impl Announcer {
    pub(super) fn new(log: Arc<dyn MismatchLog>, recent: Arc<RecentMismatches>) -> Self {
        let counter =
            |kind: &MismatchKind| counter!("fleetwatch_sync_mismatches_total", "kind" => kind.as_str());
        Self {
            log,
            recent,
            place: Mutex::default(),
            counters: MismatchKind::ALL.iter().map(counter).collect(),
        }
    }

    /// Counts mismatches that this server has repaired, and appends them to the log. If that fails, they are only
    /// counted and logged.
    pub(super) async fn announce(&self, mismatches: &[SyncMismatch]) {
        if mismatches.is_empty() {
            return;
        }
        for mismatch in mismatches {
            self.counters[mismatch.kind as usize].increment(1);
            tracing::debug!(
                vehicle.id = mismatch.vehicle_id.map(|id| id.to_string()),
                kind = mismatch.kind.as_str(),
                detail = mismatch.detail,
                "mismatch repaired"
            );
        }
        let (first, count) = (&mismatches[0], mismatches.len());
        tracing::info!(
            count,
            first.kind = first.kind.as_str(),
            first.vehicle.id = first.vehicle_id.map(|id| id.to_string()),
            first.detail = first.detail,
            "repaired mismatches between the registry, the live table and the live keys"
        );
        self.recent.note(mismatches);
        if let Err(error) = self.log.append(mismatches).await {
            tracing::warn!(error = error.chain(), count, "could not announce mismatches");
        }
    }

    /// Receives the mismatches that servers have announced since the last call.
    pub(super) async fn catch_up(&self) {
        let mut place = self.place.lock().await;
        for _ in 0..PAGES_AT_ONCE {
            match self.log.read_after(&place).await {
                Ok(page) if page.next == *place => return,
                Ok(page) => {
                    self.recent.note(&page.mismatches);
                    *place = page.next;
                }
                Err(error) => {
                    tracing::debug!(error = error.chain(), "could not read the log of mismatches");
                    return;
                }
            }
        }
    }
}

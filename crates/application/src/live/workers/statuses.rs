//! The task that records in the registry the statuses that robots report.

use std::{sync::Arc, time::Duration};

use tokio::time::MissedTickBehavior;
use tokio_util::sync::CancellationToken;

use crate::{live::Live, ports::VehicleRepository};

/// Interval between two writes. If a status changes more often, only its latest value is recorded.
const INTERVAL: Duration = Duration::from_millis(500);

/// Maximum number of statuses that are marked as recorded at a time, before the lock of the core is released.
const AT_ONCE: usize = 500;

pub(super) async fn run(live: Arc<Live>, repository: Arc<dyn VehicleRepository>, stop: CancellationToken) {
    let mut beat = tokio::time::interval(INTERVAL);
    beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
    while stop.run_until_cancelled(beat.tick()).await.is_some() {
        record(&live, repository.as_ref()).await;
    }
    record(&live, repository.as_ref()).await;
}

/// Records the pending statuses. Those that cannot be recorded remain pending.
async fn record(live: &Live, repository: &dyn VehicleRepository) {
    let statuses = live.read(|core, _| core.pending_statuses());
    if statuses.is_empty() {
        return;
    }
    match repository.record_statuses(&statuses).await {
        Ok(()) => {
            for some in statuses.chunks(AT_ONCE) {
                live.read(|core, _| core.statuses_recorded(some));
            }
        }
        Err(error) => tracing::debug!(error = error.chain(), "could not record statuses"),
    }
}

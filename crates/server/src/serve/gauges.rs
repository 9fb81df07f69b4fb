//! The task that samples queues and connection pools for metrics.

use std::time::Duration;

use application::audit::NoteRefusals;
use metrics::gauge;
use observability::metrics::names;
use tokio::time::MissedTickBehavior;
use tokio_util::sync::CancellationToken;

use crate::stores::RecordUsage;

/// Interval between two samples.
const INTERVAL: Duration = Duration::from_secs(1);

/// Samples until `stop` is cancelled.
pub(super) async fn run(refusals: NoteRefusals, pools: Vec<RecordUsage>, stop: CancellationToken) {
    let length = gauge!(names::QUEUE_LENGTH, "queue" => "refusals");
    let (_, capacity) = refusals.waiting_and_capacity();
    gauge!(names::QUEUE_CAPACITY, "queue" => "refusals").set(capacity as f64);
    let mut beat = tokio::time::interval(INTERVAL);
    beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
    while stop.run_until_cancelled(beat.tick()).await.is_some() {
        let (waiting, _) = refusals.waiting_and_capacity();
        length.set(waiting as f64);
        for record_usage in &pools {
            record_usage();
        }
    }
}

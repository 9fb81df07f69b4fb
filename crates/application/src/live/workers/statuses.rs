//! The task that records in the registry the statuses that robots report.

use std::{sync::Arc, time::Duration};

use domain::{VehicleId, vehicle::VehicleStatus};
use tokio::time::MissedTickBehavior;
use tokio_util::sync::CancellationToken;

use crate::{live::Live, ports::VehicleRepository};

/// Interval between two writes. If a status changes more often, only its latest value is recorded.
const INTERVAL: Duration = Duration::from_millis(500);

/// Maximum number of statuses that are copied, or marked as recorded, before the lock of the core is released.
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
    let statuses = pending(live);
    if statuses.is_empty() {
        return;
    }
    match repository.record_statuses(&statuses).await {
        Ok(at) => {
            for some in statuses.chunks(AT_ONCE) {
                live.read(|core, _| core.statuses_recorded(some, at));
            }
        }
        Err(error) => tracing::debug!(error = error.chain(), "could not record statuses"),
    }
}

/// Returns all pending statuses, in the order of the vehicles' ids. One that becomes pending in the meantime may be
/// missing.
fn pending(live: &Live) -> Vec<(VehicleId, VehicleStatus)> {
    let mut statuses: Vec<(VehicleId, VehicleStatus)> = Vec::new();
    loop {
        let after = statuses.last().map(|(id, _)| *id);
        let some = live.read(|core, _| core.pending_statuses(after, AT_ONCE));
        let is_last = some.len() < AT_ONCE;
        statuses.extend(some);
        if is_last {
            return statuses;
        }
    }
}

#[cfg(test)]
mod tests {
    use domain::{telemetry::VehicleRuntimeState, vehicle::Vehicle};
    use test_builders::{a_vehicle, live_rules};
    use uuid::Uuid;

    use super::*;
    use crate::{
        Moment,
        ports::Clock,
        telemetry::{Content, Report},
    };

    /// A clock that has stopped.
    struct Stopped;

    impl Clock for Stopped {
        fn now(&self) -> Moment {
            Moment {
                unix_us: 1_732_333_333_000_000,
                uptime_us: 1_000_000,
            }
        }
    }

    #[test]
    fn pending_statuses_of_any_number_are_returned_once() {
        for count in [0, 1, AT_ONCE, AT_ONCE + 1, 2 * AT_ONCE + 7] {
            let live = Live::new(live_rules(), Arc::new(Stopped), None);
            let mut expected = Vec::new();
            for n in 0..count as u128 {
                let vehicle = Vehicle {
                    id: VehicleId::from_uuid(Uuid::from_u128(n)),
                    ..a_vehicle().forklift().enabled().build()
                };
                live.upsert(&vehicle);
                let state = VehicleRuntimeState::new(0.5, 80.0, Stopped.now().wall()).expect("in range");
                let report = Report {
                    vehicle_id: vehicle.id,
                    content: Content::State(state.with_status(Some(VehicleStatus::Moving))),
                    trace_parent: None,
                };
                live.read(|core, now| core.apply(report, now, now))
                    .expect("the first state is accepted");
                expected.push((vehicle.id, VehicleStatus::Moving));
            }
            assert_eq!(pending(&live), expected, "{count}");
        }
    }
}

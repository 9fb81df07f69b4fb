//! Canaries on their way through the live core.

use std::{future::pending, sync::Arc};

use ::live::{LiveEvent, OutgoingMessage};
use domain::telemetry::ErrorCode;

use super::{service::Live, subscriber::Subscriber};
use crate::ports::Canary;

/// The inner subscriber that receives canaries. Dropping it ends the subscription.
#[derive(Debug)]
pub(crate) struct Canaries(Subscriber);

impl Live {
    /// Subscribes to the canaries that arrive from now on.
    pub(crate) fn follow_canaries(self: &Arc<Self>) -> Canaries {
        Canaries(self.connect_canary())
    }

    /// Delivers a canary to the inner subscribers, through the live core.
    pub(crate) fn pass_canary(&self, canary: Canary) {
        let code = code_of(canary);
        self.change(|core, now| core.pass_canary(self.canary_vehicle, code, now));
    }
}

impl Canaries {
    /// Returns the canaries of the next delivery. Cancel-safe.
    pub(crate) async fn take(&self) -> Vec<Canary> {
        while let Some(message) = self.0.take().await {
            // The subscriber also receives changes of the feed's status.
            if let OutgoingMessage::Batch(delivery) = message {
                let events = delivery.batch.events.iter();
                let canaries: Vec<_> = events.filter_map(|event| canary_in(event)).collect();
                if !canaries.is_empty() {
                    return canaries;
                }
            }
        }
        pending().await
    }
}

/// Returns a canary as the error code of the pseudo vehicle.
fn code_of(Canary { number, route }: Canary) -> ErrorCode {
    ErrorCode::new(&format!("{number} {route}")).expect("digits and a space are a code")
}

fn canary_in(event: &LiveEvent) -> Option<Canary> {
    let LiveEvent::VehicleError { code, .. } = event else {
        return None;
    };
    let (number, route) = code.as_str().split_once(' ')?;
    Some(Canary {
        number: number.parse().ok()?,
        route: route.parse().ok()?,
    })
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use futures::FutureExt as _;
    use test_builders::live_rules;
    use tokio::time::Instant;

    use super::*;
    use crate::{Moment, ports::Clock};

    #[tokio::test(start_paused = true)]
    async fn canaries_reach_the_inner_subscribers_of_their_own_server_only() {
        let [own, other] =
            [(); 2].map(|()| Live::new(live_rules(), Arc::new(RuntimeClock(Instant::now())), None));
        let (mine, theirs) = (own.follow_canaries(), other.follow_canaries());
        let canary = |route| Canary {
            number: u64::MAX,
            route,
        };
        own.set_feed(true);
        own.pass_canary(canary(0));
        own.pass_canary(canary(u16::MAX));
        assert!(mine.take().now_or_never().is_none(), "a tick delivers them");
        tokio::time::advance(Duration::from_millis(1)).await;
        own.tick();
        other.tick();
        assert_eq!(mine.take().await, [canary(0), canary(u16::MAX)]);
        assert!(theirs.take().now_or_never().is_none());
    }

    #[test]
    fn other_events_are_no_canaries() {
        let vehicle_id = domain::VehicleId::from_uuid(uuid::Uuid::nil());
        for code in ["E042", "1", "1 x", "-1 1", "1 65536"] {
            let code = ErrorCode::new(code).expect("a code");
            assert_eq!(canary_in(&LiveEvent::VehicleError { vehicle_id, code }), None);
        }
        assert_eq!(canary_in(&LiveEvent::VehicleRemoved { vehicle_id }), None);
    }

    /// A clock that follows the paused time of the runtime.
    struct RuntimeClock(Instant);

    impl Clock for RuntimeClock {
        fn now(&self) -> Moment {
            let start = Moment {
                unix_us: 0,
                uptime_us: 0,
            };
            start.after(self.0.elapsed())
        }
    }
}

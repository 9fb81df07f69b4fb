//! A server that does not run for some time, because its process is stopped or its machine is paused.

use std::{sync::Arc, time::Duration};

use application::{
    Moment,
    live::{Live, LiveEvent, OutgoingMessage, Subscriber, Topic, workers::Ticker},
    ports::Clock,
    telemetry::{Content, Inbound, Item, Report},
};
use bytes::Bytes;
use domain::{
    AccessScope, VehicleId,
    telemetry::{ConnectionStatus, Rotation, VehiclePosition},
    vehicle::Vehicle,
};
use futures::FutureExt as _;
use test_builders::{a_vehicle, live_rules};
use tokio::time::{Instant, advance, sleep};
use tokio_util::{sync::CancellationToken, task::AbortOnDropHandle};

/// A clock that follows the paused time of the runtime.
struct RuntimeClock(Instant);

impl Clock for RuntimeClock {
    fn now(&self) -> Moment {
        let start = Moment {
            unix_us: 1_732_333_333_000_000,
            uptime_us: 0,
        };
        start.after(self.0.elapsed())
    }
}

/// A live core with its ticker and a subscriber to all vehicles.
struct Server {
    live: Arc<Live>,
    clock: Arc<RuntimeClock>,
    subscriber: Subscriber,
    _ticker: AbortOnDropHandle<()>,
}

impl Server {
    fn start(vehicles: &[&Vehicle]) -> Self {
        let clock = Arc::new(RuntimeClock(Instant::now()));
        let live = Live::new(live_rules(), clock.clone(), None);
        live.set_feed(true);
        for vehicle in vehicles {
            live.upsert(vehicle);
        }
        let ticker = Ticker::new(Arc::clone(&live)).run(CancellationToken::new());
        let subscriber = live.connect(AccessScope::All, Duration::ZERO);
        subscriber.subscribe(&Topic::All).expect("a topic of all");
        Self {
            live,
            clock,
            subscriber,
            _ticker: AbortOnDropHandle::new(tokio::spawn(ticker)),
        }
    }

    fn receive_position_of(&self, vehicle: &Vehicle) {
        let now = self.clock.now();
        let position = VehiclePosition {
            x: 1.0,
            y: 0.0,
            z: 0.0,
            rotation: Rotation::IDENTITY,
            timestamp: now.wall(),
            frame_id: None,
            map_id: None,
        };
        let report = Report {
            vehicle_id: vehicle.id,
            content: Content::Position {
                position,
                speed: None,
            },
            trace_parent: None,
        };
        let rejected = self.live.receive(vec![Inbound {
            channel: report.channel(),
            received_at: now,
            items: vec![Item::understood(Bytes::new(), report)],
        }]);
        assert!(rejected.is_empty(), "{rejected:?}");
    }

    /// Returns the changes of connection since the last call.
    fn changes(&self) -> Vec<(VehicleId, ConnectionStatus)> {
        let mut changes = Vec::new();
        while let Some(Some(outgoing)) = self.subscriber.take().now_or_never() {
            let OutgoingMessage::Batch(delivery) = outgoing else {
                continue;
            };
            changes.extend(delivery.batch.events.iter().filter_map(|event| match **event {
                LiveEvent::ConnectionChange {
                    vehicle_id,
                    connection,
                    ..
                } => Some((vehicle_id, connection)),
                _ => None,
            }));
        }
        changes
    }
}

#[tokio::test(start_paused = true)]
async fn robots_are_not_silent_while_the_server_does_not_run() {
    let [sending, silent] = ["Sending", "Silent"].map(|name| a_vehicle().named(name).enabled().build());
    let server = Server::start(&[&sending, &silent]);
    server.receive_position_of(&sending);
    server.receive_position_of(&silent);
    sleep(Duration::from_secs(1)).await;
    assert_eq!(server.changes().len(), 2, "both are connected");

    // All timers expire at once, before the messages that wait in the socket are received.
    advance(Duration::from_secs(60)).await;
    sleep(Duration::from_millis(10)).await;
    assert_eq!(server.changes(), []);
    server.receive_position_of(&sending);
    assert_eq!(server.changes(), []);

    // A message may be applied before the ticker ticks. The advance is only polled once, so no other task runs.
    let _ = advance(Duration::from_secs(60)).now_or_never();
    server.receive_position_of(&sending);
    assert_eq!(server.changes(), []);

    for _ in 0..30 {
        sleep(Duration::from_secs(1)).await;
        server.receive_position_of(&sending);
    }
    let expected = [ConnectionStatus::Timeout, ConnectionStatus::Disconnected];
    assert_eq!(
        server.changes(),
        expected.map(|connection| (silent.id, connection))
    );
}

//! The cost of an update from its decoded message to the live table: the lock, the checks, and the metrics. No client
//! is subscribed.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use adapters_memory::clock::SystemClock;
use application::{
    live::Live,
    ports::Clock,
    telemetry::{Channel, Content, Inbound, Item, Report},
};
use bytes::Bytes;
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use domain::{
    VehicleId,
    telemetry::{Rotation, VehiclePosition},
};
use test_builders::{a_vehicle, live_rules};

const VEHICLES: usize = 10_000;
/// Number of messages in a round.
const MESSAGES: usize = 64;
/// Length of a position's message, in bytes.
const MESSAGE_BYTES: usize = 180;

/// Vehicles that publish one after another.
struct Fleet {
    live: Arc<Live>,
    clock: Arc<dyn Clock>,
    ids: Vec<VehicleId>,
    next: usize,
}

impl Fleet {
    fn new() -> Self {
        let clock: Arc<dyn Clock> = Arc::new(SystemClock::start());
        let live = Live::new(live_rules(), Arc::clone(&clock), None);
        live.set_feed(true);
        let vehicles = (0..VEHICLES).map(|_| a_vehicle().enabled().build());
        let ids = vehicles
            .map(|vehicle| {
                live.upsert(&vehicle);
                vehicle.id
            })
            .collect();
        Self {
            live,
            clock,
            ids,
            next: 0,
        }
    }

    /// Builds the decoded message of the next vehicle.
    fn message(&mut self) -> Inbound {
        let now = self.clock.now();
        let vehicle_id = self.ids[self.next];
        self.next = (self.next + 1) % self.ids.len();
        let position = VehiclePosition {
            x: 1.0,
            y: 2.0,
            z: 0.0,
            rotation: Rotation::IDENTITY,
            timestamp: now.wall(),
            frame_id: None,
            map_id: None,
        };
        let report = Report {
            vehicle_id,
            content: Content::Position {
                position,
                speed: None,
            },
            trace_parent: None,
        };
        Inbound {
            channel: Channel::Position,
            received_at: now,
            items: vec![Item::understood(Bytes::from(vec![b' '; MESSAGE_BYTES]), report)],
        }
    }

    /// Returns the time taken by `rounds` rounds of [`MESSAGES`] messages, which arrive `together` at a time.
    fn receive(&mut self, rounds: u64, together: usize) -> Duration {
        let mut spent = Duration::ZERO;
        for _ in 0..rounds {
            let mut arrivals = Vec::new();
            for _ in 0..MESSAGES / together {
                arrivals.push((0..together).map(|_| self.message()).collect::<Vec<_>>());
            }
            let began = Instant::now();
            for messages in arrivals {
                let rejected = self.live.receive(messages);
                debug_assert!(rejected.is_empty(), "every message is accepted");
            }
            spent += began.elapsed();
        }
        spent
    }
}

fn receiving(criterion: &mut Criterion) {
    let mut fleet = Fleet::new();
    let mut group = criterion.benchmark_group("receive");
    group.throughput(Throughput::Elements(MESSAGES as u64));
    for (name, together) in [("a message at a time", 1), ("64 messages together", MESSAGES)] {
        group.bench_function(name, |bencher| {
            bencher.iter_custom(|rounds| fleet.receive(rounds, together));
        });
    }
    group.finish();
}

criterion_group!(benches, receiving);
criterion_main!(benches);

//! The cost of queries about vehicles from which this server has received no message: their positions are read from the
//! live keys, with and without the cache.
//!
//! The store answers after 0.3 ms, like Redis on another machine in the same network.

use std::{
    collections::{HashMap, HashSet},
    hint::black_box,
    num::NonZero,
    sync::Arc,
    time::Duration,
};

use adapters_memory::{clock::SystemClock, live_keys::MemoryLiveStore, registry::MemoryRegistry};
use application::{
    Actor, Application, Result, Settings,
    live_queries::SurveyFilter,
    ports::{
        AccessClaims, AuthPorts, Clock as _, Differences, LiveKeys, LiveRecord, PasswordCheck, PasswordHash,
        PasswordHasher, Ports, PositionStore, Rank, Roll, RollMember, RollPage, SessionTtl, TokenFault,
        TokenService,
    },
    sessions::{LogInLimits, NameSeal, SessionRules},
};
use async_trait::async_trait;
use criterion::{BenchmarkGroup, Criterion, criterion_group, criterion_main, measurement::WallTime};
use domain::{
    PasswordPolicy, VehicleId,
    telemetry::{Rotation, Timestamp, VehiclePosition},
};
use futures::StreamExt as _;
use secrecy::SecretString;
use serde_json::Value;
use test_builders::{a_vehicle, live_rules};
use time::OffsetDateTime;
use tokio::runtime::{Builder, Runtime};

/// Time that the store takes to answer.
const ROUND_TRIP: Duration = Duration::from_micros(300);

/// Number of vehicles in a survey, which are read in one round trip.
const FLEET: usize = 500;

/// The live keys in memory, behind a slow connection.
#[derive(Default)]
struct SlowStore(MemoryLiveStore);

/// Blocks the thread: the timers of tokio have a resolution of a millisecond.
fn travel() {
    std::thread::sleep(ROUND_TRIP);
}

#[async_trait]
impl PositionStore for SlowStore {
    async fn get_position(&self, id: VehicleId) -> Result<Option<VehiclePosition>> {
        travel();
        self.0.get_position(id).await
    }

    async fn set_position(&self, id: VehicleId, position: &VehiclePosition) -> Result<bool> {
        self.0.set_position(id, position).await
    }

    async fn get_positions(&self, ids: &[VehicleId]) -> Result<HashMap<VehicleId, VehiclePosition>> {
        travel();
        self.0.get_positions(ids).await
    }

    async fn get_all_active_positions(&self) -> Result<HashMap<VehicleId, VehiclePosition>> {
        travel();
        self.0.get_all_active_positions().await
    }
}

#[async_trait]
impl LiveKeys for SlowStore {
    fn key_of(&self, id: VehicleId) -> String {
        self.0.key_of(id)
    }

    async fn write(&self, records: &[LiveRecord]) -> Result<Vec<VehicleId>> {
        self.0.write(records).await
    }

    async fn read(&self, ids: &[VehicleId]) -> Result<Vec<LiveRecord>> {
        travel();
        self.0.read(ids).await
    }

    async fn differing(&self, expected: &[LiveRecord], latest: Timestamp) -> Result<Differences> {
        self.0.differing(expected, latest).await
    }

    async fn members(&self, roll: Roll, cursor: u64) -> Result<RollPage> {
        self.0.members(roll, cursor).await
    }

    async fn members_among(&self, roll: Roll, ids: &[VehicleId]) -> Result<HashSet<VehicleId>> {
        self.0.members_among(roll, ids).await
    }

    async fn strike(&self, roll: Roll, members: &[RollMember]) -> Result<Vec<RollMember>> {
        self.0.strike(roll, members).await
    }

    async fn activate(&self, ids: &[VehicleId]) -> Result<Vec<VehicleId>> {
        self.0.activate(ids).await
    }

    async fn deactivate(&self, ids: &[VehicleId]) -> Result<()> {
        self.0.deactivate(ids).await
    }

    async fn forget(&self, ids: &[VehicleId]) -> Result<()> {
        self.0.forget(ids).await
    }
}

/// Authentication, which these queries do not need.
struct Unused;

#[async_trait]
impl PasswordHasher for Unused {
    async fn hash(&self, _: &SecretString, _: Rank) -> Result<PasswordHash> {
        unreachable!("no user logs in")
    }

    async fn check(&self, _: &SecretString, _: Option<&PasswordHash>, _: Rank) -> Result<PasswordCheck> {
        unreachable!("no user logs in")
    }
}

impl TokenService for Unused {
    fn issue(&self, _: &AccessClaims) -> SecretString {
        unreachable!("no user logs in")
    }

    fn verify(&self, _: &str, _: OffsetDateTime) -> Result<AccessClaims, TokenFault> {
        unreachable!("no user logs in")
    }

    fn key_set(&self) -> Value {
        Value::Null
    }
}

fn settings() -> Settings {
    let day = Duration::from_secs(86_400);
    Settings {
        live: live_rules(),
        interval: Duration::from_millis(100),
        sync_interval: Duration::from_secs(1),
        max_messages_per_vehicle: NonZero::new(200).expect("not 0"),
        sessions: SessionRules {
            access_ttl: day,
            session_ttl: SessionTtl {
                idle: day,
                whole: day,
            },
            limits: LogInLimits {
                per_minute: NonZero::new(30).expect("not 0"),
            },
            passwords: PasswordPolicy::default(),
            seal: NameSeal::new(&[7; 32]),
        },
    }
}

/// A server that knows the fleet, but has received no messages. The positions are in the live keys.
struct Server {
    app: Arc<Application>,
    runtime: Runtime,
    actor: Actor,
    fleet: Vec<VehicleId>,
}

impl Server {
    fn start() -> Self {
        let (clock, store) = (SystemClock::start(), Arc::new(SlowStore::default()));
        let memory = adapters_memory::ports(Arc::new(clock), Arc::new(MemoryRegistry::new()), Arc::default());
        let ports = Ports {
            positions: store.clone(),
            keys: store.clone(),
            ..memory
        };
        let auth = AuthPorts {
            hasher: Arc::new(Unused),
            tokens: Arc::new(Unused),
        };
        let app = Application::new(ports, auth, settings());
        let runtime = Builder::new_current_thread().enable_time().build();
        let runtime = runtime.expect("a runtime");
        let mut fleet = Vec::with_capacity(FLEET);
        for number in 0..FLEET {
            let vehicle = a_vehicle().enabled().build();
            app.live().upsert(&vehicle);
            let position = VehiclePosition {
                x: number as f64,
                y: 0.0,
                z: 0.0,
                rotation: Rotation::IDENTITY,
                timestamp: clock.now().wall(),
                frame_id: None,
                map_id: None,
            };
            let stored = runtime.block_on(store.set_position(vehicle.id, &position));
            assert!(stored.expect("the memory store is always available"));
            fleet.push(vehicle.id);
        }
        Self {
            app,
            runtime,
            actor: Actor::command_line(),
            fleet,
        }
    }

    fn position(&self) -> VehiclePosition {
        let queries = &self.app.live_queries;
        let found = self
            .runtime
            .block_on(queries.position(&self.actor, self.fleet[0]));
        found.expect("the store is available").expect("it has a position")
    }

    fn survey(&self) -> usize {
        let queries = &self.app.live_queries;
        let found = self.runtime.block_on(async {
            let survey = queries.survey::<VehiclePosition>(&self.actor, SurveyFilter::default());
            let portions = survey.await.expect("a small survey").portions;
            portions.map(|portion| portion.len()).collect::<Vec<_>>().await
        });
        found.iter().sum()
    }

    fn clear_cache(&self) {
        let cleared = self.app.live_queries.clear_cache(&self.actor);
        cleared.expect("an administrator may clear it");
    }

    /// Measures a query with a warm cache, and with an empty one.
    fn compare<T>(&self, group: &mut BenchmarkGroup<'_, WallTime>, query: impl Fn() -> T) {
        group.bench_function("cached", |bencher| bencher.iter(|| black_box(query())));
        group.bench_function("not cached", |bencher| {
            bencher.iter(|| {
                self.clear_cache();
                black_box(query())
            });
        });
    }
}

fn queries(criterion: &mut Criterion) {
    let server = Server::start();
    let mut group = criterion.benchmark_group("position of one vehicle");
    server.compare(&mut group, || server.position());
    group.finish();
    let mut group = criterion.benchmark_group(format!("positions of {FLEET} vehicles"));
    assert_eq!(server.survey(), FLEET);
    server.compare(&mut group, || server.survey());
    group.finish();
}

criterion_group!(benches, queries);
criterion_main!(benches);

//! Round trips of operations on many vehicles, counted on the wire.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use adapters_redis::Redis;
use application::{
    ports::{
        BrokenParts, DeadLetters as _, LiveKeys as _, LiveRecord, PositionStore as _, Series,
        StateStore as _, TelemetryBus as _,
    },
    telemetry::{Channel, Content, DeadLetter, Reason, Rejection, Report},
};
use deadpool_redis::redis::cmd;
use domain::{
    VehicleId,
    telemetry::{Rotation, Timestamp, VehiclePosition, VehicleRuntimeState},
};
use test_stores::redis::{RedisCluster, RedisServer};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    time::timeout,
};

use crate::{noon, options, redis_at};

/// Time without data after which a request, or an answer, is considered to be complete.
const SILENCE: Duration = Duration::from_millis(30);

/// A proxy for a Redis server that counts round trips. Only complete requests are forwarded, and then the complete
/// answer is awaited.
struct Relay {
    port: u16,
    trips: Arc<AtomicU64>,
}

impl Relay {
    async fn before(server: &RedisServer) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let port = listener.local_addr().expect("it listens").port();
        let trips = Arc::new(AtomicU64::new(0));
        let (count, to) = (Arc::clone(&trips), server.port());
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let server = TcpStream::connect(("127.0.0.1", to)).await.expect("Redis is up");
                tokio::spawn(relay(client, server, Arc::clone(&count)));
            }
        });
        Self { port, trips }
    }

    /// Returns the number of round trips of an operation.
    async fn trips_of(&self, operation: impl Future<Output = ()>) -> u64 {
        let before = self.trips.load(Ordering::SeqCst);
        operation.await;
        self.trips.load(Ordering::SeqCst) - before
    }
}

async fn relay(mut client: TcpStream, mut server: TcpStream, trips: Arc<AtomicU64>) {
    while let Some(request) = whole(&mut client).await {
        trips.fetch_add(1, Ordering::SeqCst);
        server.write_all(&request).await.expect("Redis is up");
        let answer = whole(&mut server).await.expect("Redis is up");
        if client.write_all(&answer).await.is_err() {
            break;
        }
    }
}

/// Reads until no more data arrives; `None` at the end.
async fn whole(stream: &mut TcpStream) -> Option<Vec<u8>> {
    let mut data = Vec::new();
    stream
        .read_buf(&mut data)
        .await
        .ok()
        .filter(|length| *length > 0)?;
    while let Ok(Ok(1..)) = timeout(SILENCE, stream.read_buf(&mut data)).await {}
    Some(data)
}

#[tokio::test(flavor = "multi_thread")]
async fn round_trips_do_not_depend_on_the_number_of_vehicles() {
    let server = RedisServer::start();
    let relay = Relay::before(&server).await;
    let redis = Redis::new(adapters_redis::RedisOptions {
        pool_size: 1,
        ..options(&format!("redis://127.0.0.1:{}", relay.port))
    })
    .expect("sound options");
    // Connect, and load the scripts.
    let _ = trips(&redis, &relay, 1).await;
    // Each batch of up to 512 commands takes two round trips: one to check the connection, and one for the batch.
    let of_one = trips(&redis, &relay, 1).await;
    let of_many = trips(&redis, &relay, 500).await;
    let commands_of_many = [500 + 1, 3 * 500, 500, 500, 6 * 500 + 1, 1, 2, 502, 500, 500];
    for ((name, trips), commands) in of_many.into_iter().zip(commands_of_many) {
        let batches = u64::div_ceil(commands, 512) + u64::from(name == "write");
        assert!(
            trips <= 2 * batches,
            "{name}: {trips} round trips for {commands} commands"
        );
    }
    assert!(of_one.iter().all(|(_, trips)| *trips <= 4), "{of_one:?}");
}

/// Returns the number of round trips of each operation on this number of vehicles.
async fn trips(redis: &Redis, relay: &Relay, vehicles: u16) -> Vec<(&'static str, u64)> {
    let (store, letters, bus) = (
        redis.live_store(),
        redis.dead_letters(),
        redis.telemetry_bus(noon(), 1024),
    );
    let records = records(vehicles);
    let ids: Vec<_> = records.iter().map(|record| record.vehicle_id).collect();
    let rejection = || Rejection::new(Reason::NotJson, "broken");
    let dead: Vec<_> = (0..vehicles)
        .map(|number| {
            DeadLetter::new(
                Channel::State,
                &number.to_be_bytes(),
                rejection(),
                Timestamp::EPOCH,
            )
        })
        .collect();
    let reports: Vec<_> = records.iter().map(report).collect();
    let latest = Timestamp::from_unix_ms(10_000).expect("a time");
    vec![
        (
            "write",
            relay
                .trips_of(async { drop(store.write(&records).await.expect("Redis is up")) })
                .await,
        ),
        (
            "read",
            relay
                .trips_of(async { drop(store.read(&ids).await.expect("Redis is up")) })
                .await,
        ),
        (
            "get_positions",
            relay
                .trips_of(async { drop(store.get_positions(&ids).await.expect("Redis is up")) })
                .await,
        ),
        (
            "get_states",
            relay
                .trips_of(async { drop(store.get_states(&ids).await.expect("Redis is up")) })
                .await,
        ),
        (
            "differing",
            relay
                .trips_of(async { drop(store.differing(&records, latest).await.expect("Redis is up")) })
                .await,
        ),
        (
            "activate",
            relay
                .trips_of(async { drop(store.activate(&ids).await.expect("Redis is up")) })
                .await,
        ),
        (
            "deactivate",
            relay
                .trips_of(async { store.deactivate(&ids).await.expect("Redis is up") })
                .await,
        ),
        (
            "forget",
            relay
                .trips_of(async { store.forget(&ids).await.expect("Redis is up") })
                .await,
        ),
        (
            "append",
            relay
                .trips_of(async { letters.append(&dead).await.expect("Redis is up") })
                .await,
        ),
        (
            "publish",
            relay
                .trips_of(async { bus.publish(&reports).await.expect("Redis is up") })
                .await,
        ),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn each_master_of_a_cluster_gets_one_batch() {
    let cluster = RedisCluster::start();
    let redis = redis_at(&cluster.url());
    let (store, records) = (redis.live_store(), records(500));
    let ids: Vec<_> = records.iter().map(|record| record.vehicle_id).collect();
    store.write(&records).await.expect("Redis is up");
    let before = checks(&cluster).await;
    store.get_positions(&ids).await.expect("Redis is up");
    // A connection is checked before each batch.
    assert_eq!(checks(&cluster).await - before, 3);
}

/// Returns the number of PING commands that the nodes have executed.
async fn checks(cluster: &RedisCluster) -> u64 {
    let mut sum = 0;
    for node in cluster.nodes() {
        let statistics: String = cmd("INFO")
            .arg("commandstats")
            .query_async(&mut node.connection().await)
            .await
            .expect("statistics");
        let calls = statistics.lines().find_map(|line| {
            line.strip_prefix("cmdstat_ping:calls=")?
                .split(',')
                .next()?
                .parse::<u64>()
                .ok()
        });
        sum += calls.unwrap_or_default();
    }
    sum
}

fn records(vehicles: u16) -> Vec<LiveRecord> {
    let at = Timestamp::from_unix_ms(1_000).expect("a time");
    let record = |number: u16| LiveRecord {
        vehicle_id: VehicleId::from_uuid(uuid::Uuid::from_u128(number.into())),
        position: Some(VehiclePosition {
            x: 1.0,
            y: 2.0,
            z: 0.0,
            rotation: Rotation::IDENTITY,
            timestamp: at,
            frame_id: None,
            map_id: None,
        }),
        state: Some(VehicleRuntimeState::new(0.0, 50.0, at).expect("a state")),
        last_update: at,
        series: Series::default(),
        broken: BrokenParts::default(),
        expires_in: Duration::from_secs(60),
    };
    (0..vehicles).map(record).collect()
}

fn report(record: &LiveRecord) -> Report {
    Report {
        vehicle_id: record.vehicle_id,
        content: Content::Position {
            position: record.position.clone().expect("a position"),
            speed: None,
        },
        trace_parent: None,
    }
}

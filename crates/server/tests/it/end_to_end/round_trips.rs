//! Round trips to PostgreSQL and Redis for a page of vehicles, counted on the wire.

use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicU64, Ordering},
};

use serde_json::{Value, json};
use test_stores::{postgres::TestDatabase, redis::RedisServer};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{
        TcpListener, TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
};

use super::support::Program;

/// A proxy between the server and a store that counts round trips: requests that follow a response.
struct Counter {
    address: String,
    asked: Arc<AtomicU64>,
}

impl Counter {
    async fn before(store: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("it listens").to_string();
        let asked = Arc::new(AtomicU64::new(0));
        let (store, count) = (store.to_owned(), Arc::clone(&asked));
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                if let Ok(server) = TcpStream::connect(&store).await {
                    proxy(client, server, Arc::clone(&count));
                }
            }
        });
        Self { address, asked }
    }

    fn so_far(&self) -> u64 {
        self.asked.load(Ordering::SeqCst)
    }
}

fn proxy(client: TcpStream, server: TcpStream, asked: Arc<AtomicU64>) {
    let ((from_client, to_client), (from_server, to_server)) = (client.into_split(), server.into_split());
    let was_answered = Arc::new(AtomicBool::new(true));
    let is_answered = Arc::clone(&was_answered);
    tokio::spawn(copy(from_client, to_server, move || {
        if was_answered.swap(false, Ordering::SeqCst) {
            asked.fetch_add(1, Ordering::SeqCst);
        }
    }));
    tokio::spawn(copy(from_server, to_client, move || {
        is_answered.store(true, Ordering::SeqCst);
    }));
}

async fn copy(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, on_data: impl Fn()) {
    let mut buffer = vec![0; 64 * 1024];
    while let Ok(length @ 1..) = from.read(&mut buffer).await {
        on_data();
        if to.write_all(&buffer[..length]).await.is_err() {
            break;
        }
    }
}

/// Returns the address in a URL such as `redis://127.0.0.1:6379`.
fn address_in(url: &str) -> &str {
    let behind_scheme = url.split_once("://").map_or(url, |(_, rest)| rest);
    let behind_user = behind_scheme
        .rsplit_once('@')
        .map_or(behind_scheme, |(_, rest)| rest);
    behind_user.split(['/', '?']).next().unwrap_or_default()
}

const PAGE: &str = "query($first: Int!) { vehicles(pagination: {first: $first}) { totalCount nodes {
    id position { x } runtimeState { batteryLevel } connectionStatus mapping { syncStatus } groups { name } } } }";

const NODES: &str = "query($ids: [ID!]!) { nodes(ids: $ids) { ... on Vehicle {
    id position { x } runtimeState { batteryLevel } connectionStatus mapping { syncStatus } groups { name } } } }";

/// Clears the server's cache, so that the next query reads Redis.
async fn clear_cache(program: &Program) {
    let (status, answer) = program.as_administrator("DELETE", "/api/cache", None).await;
    assert_eq!(status, 204, "{answer}");
}

/// Requests a page repeatedly, each time with an empty cache, and returns the lowest counts, in which the server's
/// occasional background queries are not included.
async fn fewest_round_trips(
    program: &Program,
    counters: [&Counter; 2],
    query: &str,
    variables: &Value,
    list: &str,
) -> [u64; 2] {
    let mut fewest = [u64::MAX; 2];
    for _ in 0..40 {
        clear_cache(program).await;
        let before = counters.map(Counter::so_far);
        let answer = program.graphql(query, variables.clone()).await;
        assert!(
            answer["data"].pointer(list).is_some_and(Value::is_array),
            "{answer}"
        );
        assert!(answer["errors"].is_null(), "{answer}");
        for ((fewest, counter), before) in fewest.iter_mut().zip(counters).zip(before) {
            *fewest = (*fewest).min(counter.so_far() - before);
        }
    }
    fewest
}

#[tokio::test(flavor = "multi_thread")]
async fn round_trips_do_not_depend_on_the_page_size() {
    let (database, redis) = (TestDatabase::create().await, RedisServer::start());
    let (database_url, redis_url) = (database.url(), redis.url());
    let before_database = Counter::before(address_in(&database_url)).await;
    let before_redis = Counter::before(address_in(&redis_url)).await;
    let database_url = database_url.replace(address_in(&database_url), &before_database.address);
    let redis_url = redis_url.replace(address_in(&redis_url), &before_redis.address);
    let program = Program::serve(&[
        ("DATABASE__URL", &database_url),
        ("DATABASE__POOL_SIZE", "2"),
        ("REDIS__URL", &redis_url),
        ("REDIS__POOL_SIZE", "2"),
    ])
    .await;
    program.until_fed().await;
    let group = program
        .graphql(
            "mutation { createGroup(input: {name: \"Hall\"}) { id } }",
            Value::Null,
        )
        .await["data"]["createGroup"]["id"]
        .take();
    let join = "mutation($group: ID!, $vehicle: ID!) { addVehicleToGroup(groupId: $group, vehicleId: $vehicle) { id } }";
    let mut ids = Vec::new();
    for number in 0..100 {
        let vehicle = program.create_enabled(&format!("AMR {number}")).await;
        ids.push(vehicle.to_string());
        let joined = program
            .graphql(join, json!({"group": group, "vehicle": vehicle}))
            .await;
        assert!(joined["errors"].is_null(), "{joined}");
    }
    let counters = [&before_database, &before_redis];
    let page = |first| (PAGE, json!({"first": first}), "/vehicles/nodes");
    let nodes = |count: usize| (NODES, json!({"ids": ids[..count]}), "/nodes");
    for [short, long] in [[page(10), page(100)], [nodes(10), nodes(100)]] {
        let mut trips = Vec::new();
        for (query, variables, list) in [short, long] {
            trips.push(fewest_round_trips(&program, counters, query, &variables, list).await);
        }
        let [short, long] = [trips[0], trips[1]];
        assert_eq!(short, long, "of 10 and of 100 vehicles: database, Redis");
        assert!(long[0] <= 3 && long[1] <= 2, "database, Redis: {long:?}");
        // Make sure that the proxies count at all.
        assert!(long[0] >= 1 && long[1] >= 1, "database, Redis: {long:?}");
    }
}

/// Checks that vehicles without messages are read from Redis, and unknown ones from the registry, with one query each.
#[tokio::test(flavor = "multi_thread")]
async fn positions_of_many_vehicles_take_few_round_trips() {
    let (database, redis) = (TestDatabase::create().await, RedisServer::start());
    let (database_url, redis_url) = (database.url(), redis.url());
    let before_database = Counter::before(address_in(&database_url)).await;
    let before_redis = Counter::before(address_in(&redis_url)).await;
    let database_url = database_url.replace(address_in(&database_url), &before_database.address);
    let redis_url = redis_url.replace(address_in(&redis_url), &before_redis.address);
    let program = Program::serve(&[
        ("DATABASE__URL", &database_url),
        ("DATABASE__POOL_SIZE", "2"),
        ("REDIS__URL", &redis_url),
        ("REDIS__POOL_SIZE", "2"),
    ])
    .await;
    program.until_fed().await;
    for number in 0..60 {
        program.create_enabled(&format!("AMR {number}")).await;
    }
    let counters = [&before_database, &before_redis];
    let fewest = async |path: &str, is_cached: bool| {
        let mut fewest = [u64::MAX; 2];
        for _ in 0..40 {
            if !is_cached {
                clear_cache(&program).await;
            }
            let before = counters.map(Counter::so_far);
            let (status, answer) = program.as_administrator("GET", path, None).await;
            assert_eq!(status, 200, "{answer}");
            for ((fewest, counter), before) in fewest.iter_mut().zip(counters).zip(before) {
                *fewest = (*fewest).min(counter.so_far() - before);
            }
        }
        fewest
    };
    let unknown = |count: u32| {
        let ids: Vec<_> = (0..count)
            .map(|n| format!("00000000-0000-7000-8000-{n:012}"))
            .collect();
        ids.join(",")
    };
    for path in ["/api/positions", "/api/states?type=AMR"] {
        let [of_database, of_redis] = fewest(path, false).await;
        // A response that arrives in two parts may be counted as two round trips.
        assert!(
            of_database == 0 && (1..=2).contains(&of_redis),
            "{of_database}, {of_redis}"
        );
        assert_eq!(
            fewest(path, true).await,
            [0, 0],
            "database, Redis: repeated queries"
        );
    }
    for count in [10, 1000] {
        let path = format!("/api/positions?ids={}", unknown(count));
        assert_eq!(fewest(&path, false).await, [1, 0], "database, Redis: {count} ids");
    }
}

use std::{future::pending, num::NonZero, sync::Arc, time::Duration};

use actix_web::http::StatusCode;
use adapters_memory::{clock::SystemClock, live_keys::MemoryLiveStore, registry::MemoryRegistry};
use api_rest::Rest;
use application::{
    Error, Result,
    health::CheckHealth,
    live::workers::Workers,
    ports::{Capability, CircuitState, Dependency},
};
use async_trait::async_trait;
use rstest::rstest;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use crate::endpoints::{endpoints, endpoints_to, get, live};

#[derive(Debug, Clone, Copy)]
enum Store {
    Answers,
    IsReadOnly,
    Refuses,
    Hangs,
}

#[async_trait]
impl Dependency for Store {
    fn name(&self) -> &'static str {
        "store"
    }

    async fn check(&self) -> Result<Capability> {
        match self {
            Self::Answers => Ok(Capability::ReadWrite),
            Self::IsReadOnly => Ok(Capability::ReadOnly {
                reason: "the server is a read-only replica",
            }),
            Self::Refuses => Err(Error::unavailable(
                "store",
                "connect to 10.1.2.3:5432: connection refused",
            )),
            Self::Hangs => pending().await,
        }
    }
}

/// Returns the response of a server with these stores, without times.
async fn check(database: Store, redis: Store, is_feed_up: bool, path: &str) -> (StatusCode, Value) {
    let endpoints = endpoints_to(Some(Arc::new(database)), Some(Arc::new(redis)), live(is_feed_up));
    let answer = get(&endpoints, path).await;
    (answer.status, without_times(answer.json()))
}

fn without_times(mut body: Value) -> Value {
    if let Some(fields) = body.as_object_mut() {
        fields.retain(|name, _| name != "latencyMs" && name != "since");
        fields
            .values_mut()
            .for_each(|value| *value = without_times(value.take()));
    }
    body
}

#[rstest]
#[case::all_is_well(Store::Answers, Store::Answers, true, "up", 200)]
#[case::no_database(Store::Refuses, Store::Answers, true, "degraded", 200)]
#[case::no_redis(Store::Answers, Store::Refuses, false, "degraded", 200)]
#[case::redis_answers_but_the_feed_is_down(Store::Answers, Store::Answers, false, "degraded", 200)]
#[case::the_database_refuses_writes(Store::IsReadOnly, Store::Answers, true, "degraded", 200)]
#[case::redis_refuses_writes(Store::Answers, Store::IsReadOnly, true, "degraded", 200)]
#[case::both_refuse_writes(Store::IsReadOnly, Store::IsReadOnly, true, "degraded", 200)]
#[case::neither(Store::Refuses, Store::Refuses, false, "down", 503)]
#[actix_web::test]
async fn the_server_is_down_only_if_both_stores_are(
    #[case] database: Store,
    #[case] redis: Store,
    #[case] is_feed_up: bool,
    #[case] expected: &str,
    #[case] status: u16,
) {
    let (code, body) = check(database, redis, is_feed_up, "/health").await;
    assert_eq!((body["status"].as_str(), code.as_u16()), (Some(expected), status));
}

#[actix_web::test]
async fn the_health_of_the_server_includes_its_parts() {
    let (_, body) = check(Store::Refuses, Store::Answers, true, "/health").await;
    let db = json!({"status": "down", "error": "store is unavailable"});
    let redis = json!({"status": "up", "feed": {"status": "up"}});
    assert_eq!(body, json!({"status": "degraded", "db": db, "redis": redis}));
}

#[rstest]
#[case(Store::Answers, 200, json!({"status": "up"}))]
#[case(Store::IsReadOnly, 200, json!({"status": "degraded", "reason": "the server is a read-only replica"}))]
#[case(Store::Refuses, 503, json!({"status": "down", "error": "store is unavailable"}))]
#[actix_web::test]
async fn the_database_has_its_own_endpoint(
    #[case] database: Store,
    #[case] status: u16,
    #[case] expected: Value,
) {
    let (code, body) = check(database, Store::Answers, true, "/health/db").await;
    assert_eq!((code.as_u16(), body), (status, expected));
}

#[rstest]
#[case(Store::Answers, true, 200, json!({"status": "up", "feed": {"status": "up"}}))]
#[case(Store::Answers, false, 200,
    json!({
        "status": "degraded",
        "reason": "the server is not subscribed to the robots' channels",
        "feed": {"status": "down"},
    }))]
#[case(Store::IsReadOnly, true, 200,
    json!({"status": "degraded", "reason": "the server is a read-only replica", "feed": {"status": "up"}}))]
#[case(Store::Refuses, false, 503,
    json!({"status": "down", "error": "store is unavailable", "feed": {"status": "down"}}))]
#[actix_web::test]
async fn the_health_of_redis_includes_the_feed(
    #[case] redis: Store,
    #[case] is_feed_up: bool,
    #[case] status: u16,
    #[case] expected: Value,
) {
    let (code, body) = check(Store::Answers, redis, is_feed_up, "/health/redis").await;
    assert_eq!((code.as_u16(), body), (status, expected));
}

/// A store behind a circuit breaker.
struct Behind(CircuitState);

#[async_trait]
impl Dependency for Behind {
    fn name(&self) -> &'static str {
        "store"
    }

    async fn check(&self) -> Result<Capability> {
        match self.0 {
            CircuitState::Closed => Ok(Capability::ReadWrite),
            CircuitState::HalfOpen | CircuitState::Open => Err(Error::unavailable("store", "open")),
        }
    }

    fn circuit(&self) -> Option<CircuitState> {
        Some(self.0)
    }
}

#[rstest]
#[case(CircuitState::Closed, 200, json!({"status": "up", "circuit": "closed"}))]
#[case(CircuitState::HalfOpen, 503,
    json!({"status": "down", "error": "store is unavailable", "circuit": "half_open"}))]
#[case(CircuitState::Open, 503, json!({"status": "down", "error": "store is unavailable", "circuit": "open"}))]
#[actix_web::test]
async fn the_health_of_a_store_includes_its_circuit(
    #[case] circuit: CircuitState,
    #[case] status: u16,
    #[case] expected: Value,
) {
    let store = || Some(Arc::new(Behind(circuit)) as Arc<dyn Dependency>);
    let endpoints = endpoints_to(store(), store(), live(true));
    let database = get(&endpoints, "/health/db").await;
    assert_eq!(
        (database.status.as_u16(), without_times(database.json())),
        (status, expected.clone())
    );
    let redis = get(&endpoints, "/health/redis").await.json();
    assert_eq!(redis["circuit"], expected["circuit"], "{redis}");
    let all = get(&endpoints, "/health").await.json();
    for part in ["db", "redis"] {
        assert_eq!(all[part]["circuit"], expected["circuit"], "{all}");
    }
}

#[actix_web::test]
async fn latencies_are_in_milliseconds_and_since_is_a_date() {
    let endpoints = endpoints_to(None, Some(Arc::new(Store::Answers)), live(true));
    let body = get(&endpoints, "/health/redis").await.json();
    assert!(body["latencyMs"].is_f64(), "{body}");
    for since in [&body["since"], &body["feed"]["since"]] {
        let since = since.as_str().expect("a text");
        assert!(
            since.starts_with("20") && since.ends_with('Z'),
            "{since} is not RFC 3339 in UTC"
        );
    }
}

#[actix_web::test]
async fn a_canary_that_arrives_proves_delivery() {
    let live = live(false);
    let ports = adapters_memory::ports(
        Arc::new(SystemClock::start()),
        Arc::new(MemoryRegistry::new()),
        Arc::new(MemoryLiveStore::default()),
    );
    let stop = CancellationToken::new();
    let _workers = Workers {
        live: Arc::clone(&live),
        bus: Arc::clone(&ports.bus),
        keys: ports.keys,
        dead_letters: ports.dead_letters,
        repository: ports.vehicles,
        sync_interval: Duration::from_secs(1),
        max_messages_per_vehicle: NonZero::<u32>::MAX,
    }
    .spawn(&stop);
    while !live.stats().feed.is_up {
        tokio::task::yield_now().await;
    }
    let endpoints = endpoints();
    let bridges = endpoints.app.bridges.clone();
    let endpoints = Rest {
        health: CheckHealth::new(None, None, ports.bus, bridges, live),
        ..endpoints
    };
    let answer = get(&endpoints, "/health/websocket").await;
    let body = answer.json();
    assert!(body["latencyMs"].is_f64() && body["since"].is_string(), "{body}");
    let canaries = json!({"sent": 1, "arrived": 1});
    let expected = json!({"status": "up", "canaries": canaries, "feed": {"status": "up"}});
    assert_eq!((answer.status, without_times(body)), (StatusCode::OK, expected));
}

#[actix_web::test]
async fn a_canary_that_is_lost_is_reported_as_down_although_the_feed_seems_up() {
    tokio::time::pause();
    let answer = get(&endpoints(), "/health/websocket").await;
    let expected = json!({
        "status": "down",
        "reason": "a canary sent through Redis did not arrive",
        "canaries": {"sent": 1, "arrived": 0},
        "feed": {"status": "up"},
    });
    assert_eq!(
        (answer.status, without_times(answer.json())),
        (StatusCode::SERVICE_UNAVAILABLE, expected)
    );
}

#[actix_web::test]
async fn embedded_stores_are_up_and_marked_as_embedded() {
    let answer = get(&endpoints(), "/health").await;
    let expected = json!({
        "status": "up",
        "db": {"status": "up", "embedded": true},
        "redis": {"status": "up", "embedded": true, "feed": {"status": "up"}},
    });
    assert_eq!(
        (answer.status, without_times(answer.json())),
        (StatusCode::OK, expected)
    );
}

#[actix_web::test]
async fn hanging_stores_are_down_after_one_second_concurrently() {
    tokio::time::pause();
    let endpoints = endpoints_to(
        Some(Arc::new(Store::Hangs)),
        Some(Arc::new(Store::Hangs)),
        live(true),
    );
    let asked_at = tokio::time::Instant::now();
    let answer = get(&endpoints, "/health").await;
    assert_eq!(
        asked_at.elapsed().as_millis() / 100,
        10,
        "paused time passes only where it is waited for"
    );
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(
        answer.json()["db"]["error"],
        "store is unavailable: no answer within 1 s"
    );
}

#[actix_web::test]
async fn liveness_does_not_depend_on_the_stores() {
    let (code, body) = check(Store::Refuses, Store::Hangs, false, "/health/live").await;
    assert_eq!((code, body), (StatusCode::OK, json!({"status": "up"})));
}

#[actix_web::test]
async fn health_must_not_be_cached() {
    let answer = get(&endpoints(), "/health").await;
    assert_eq!(answer.headers.get("cache-control").expect("a header"), "no-store");
}

use std::{sync::Arc, time::Duration};

use actix_web::http::StatusCode;
use adapters_memory::{
    clock::SystemClock, dead_letters::MemoryDeadLetters, event_bus::MemoryEventBus,
    live_keys::MemoryLiveStore, registry::MemoryRegistry, telemetry_bus::MemoryTelemetryBus,
};
use api_rest::Rest;
use application::{
    health::Readiness,
    identity::Identities,
    live::workers::{RegistryStatus, Workers},
};
use tokio_util::sync::CancellationToken;

use crate::doors::{doors, get, live};

#[actix_web::test]
async fn a_server_that_knows_no_vehicles_yet_wants_no_requests() {
    let answer = get(&doors(), "/health/ready").await;
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(answer.json()["reason"], "the vehicles are not loaded yet");
}

#[actix_web::test]
async fn a_server_is_ready_once_the_registry_has_been_read() {
    let registry_status = RegistryStatus::default();
    let live = live(true);
    let doors = Rest {
        readiness: Readiness::new(registry_status.clone(), Arc::clone(&live)),
        ..doors()
    };
    let workers = Workers {
        live,
        bus: Arc::new(MemoryTelemetryBus::new(Arc::new(SystemClock::start()))),
        keys: Arc::new(MemoryLiveStore::default()),
        dead_letters: Arc::new(MemoryDeadLetters::default()),
        repository: Arc::new(MemoryRegistry::new()),
        log: Arc::new(MemoryRegistry::new()),
        events: Arc::new(MemoryEventBus::default()),
        identities: Identities::new(Arc::new(MemoryRegistry::new())),
        registry_status,
        sync_interval: Duration::from_secs(1),
        max_messages_per_vehicle: std::num::NonZero::new(200).expect("not 0"),
    };
    let _running = workers.spawn(&CancellationToken::new());
    let becomes_ready = async {
        while get(&doors, "/health/ready").await.status != StatusCode::OK {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), becomes_ready)
        .await
        .expect("the registry is read");
    assert_eq!(get(&doors, "/health/ready").await.json()["status"], "up");
}

#[actix_web::test]
async fn a_server_that_shuts_down_wants_no_more_requests_but_is_alive() {
    let doors = doors();
    doors.readiness.shut_down();
    let answer = get(&doors, "/health/ready").await;
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(answer.json()["reason"], "the server is shutting down");
    assert_eq!(get(&doors, "/health/live").await.status, StatusCode::OK);
}

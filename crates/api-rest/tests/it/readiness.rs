use std::{sync::Arc, time::Duration};

use actix_web::http::StatusCode;
use api_rest::Rest;
use application::health::Readiness;
use tokio_util::sync::CancellationToken;

use crate::{
    endpoints::{endpoints, get},
    stage::Stage,
};

#[actix_web::test]
async fn a_server_is_not_ready_before_the_registry_has_been_read() {
    let answer = get(&endpoints(), "/health/ready").await;
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(answer.json()["reason"], "the vehicles are not loaded yet");
}

#[actix_web::test]
async fn a_server_is_ready_once_the_registry_has_been_read() {
    let stage = Stage::new();
    let endpoints = Rest {
        readiness: Readiness::new(Arc::clone(&stage.live)),
        ..endpoints()
    };
    let _running = stage.app().spawn_workers(&CancellationToken::new());
    let becomes_ready = async {
        while get(&endpoints, "/health/ready").await.status != StatusCode::OK {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), becomes_ready)
        .await
        .expect("the registry is read");
    assert_eq!(get(&endpoints, "/health/ready").await.json()["status"], "up");
}

#[actix_web::test]
async fn a_server_that_shuts_down_is_live_but_not_ready() {
    let endpoints = endpoints();
    endpoints.readiness.shut_down();
    let answer = get(&endpoints, "/health/ready").await;
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(answer.json()["reason"], "the server is shutting down");
    assert_eq!(get(&endpoints, "/health/live").await.status, StatusCode::OK);
}

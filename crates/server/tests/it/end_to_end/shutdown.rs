//! Graceful shutdown.

use std::time::{Duration, Instant};

use deadpool_redis::redis::AsyncCommands as _;
use rstest::rstest;
use serde_json::json;
use tokio_tungstenite::tungstenite::Message;

use super::{
    raw::Raw,
    support::{Client, Plant, Program},
};

#[tokio::test(flavor = "multi_thread")]
async fn a_stopping_server_closes_its_sockets_and_exits_with_0() {
    let mut program = Program::serve(&[]).await;
    let mut client = program.watch_all().await;
    program.signal_to_stop();
    let close = loop {
        if let Message::Close(close) = client.next_message().await {
            break close.expect("a code");
        }
    };
    assert_eq!(u16::from(close.code), 1012);
    assert!(close.reason.starts_with("retry-after="), "{}", close.reason);
    assert_eq!(program.ended().await, Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn shutdown_does_not_wait_for_clients_that_stay_connected() {
    let mut program = Program::serve(&[("HTTP__SHUTDOWN_TIMEOUT_MS", "1500")]).await;
    let _client = program.watch_all().await;
    program.signal_to_stop();
    assert_eq!(program.ended().await, Some(0), "{}", program.log());
}

/// Checks that the server answers on a socket.
async fn must_answer(client: &mut Client) {
    client.send(json!({"type": "ping"})).await;
    client
        .until("the answer", |message| (message["type"] == "pong").then_some(()))
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_draining_server_serves_everything_while_proxies_notice() {
    const DRAIN: Duration = Duration::from_secs(5);
    let mut program = Program::serve(&[("HTTP__DRAIN_MS", "5000")]).await;
    let token = program.administrator().await.access.clone();
    let mut before = program.connect_as(&token).await;
    let asked_to_stop = Instant::now();
    program.signal_to_stop();
    program.until_status("/health/ready", 503).await;

    must_answer(&mut before).await;
    let mut during = program.connect_as(&token).await;
    must_answer(&mut during).await;
    program.create_enabled("Tugger").await;
    // A proxy must not keep the connection for later requests.
    let response = program.request("GET", "/health/live").send().await;
    let response = response.expect("it still listens");
    assert_eq!(response.status(), 200);
    assert_eq!(response.headers()["connection"], "close");

    let (code, reason) = before.closed().await;
    assert_eq!(code, 1012);
    assert!(reason.starts_with("retry-after="), "{reason}");
    assert!(asked_to_stop.elapsed() >= DRAIN, "{:?}", asked_to_stop.elapsed());
    assert_eq!(during.closed().await.0, 1012);
    assert_eq!(program.ended().await, Some(0), "{}", program.log());
}

/// Time beyond the limit for a busy machine. It is shorter than the second after which the HTTP library looks for
/// connections that are still open.
const ALLOWANCE: Duration = Duration::from_millis(600);

/// Sends a part of a request whose handler waits for the rest.
async fn a_client_that_stops_sending(program: &Program) -> Raw {
    let mut raw = Raw::connect(program).await;
    let headers = [
        ("content-type", "application/json"),
        ("content-length", "100"),
        ("expect", "100-continue"),
    ];
    raw.head("POST /api/auth/login", &headers).await;
    assert_eq!(raw.answer().await.status, 100);
    raw.send("{").await;
    raw
}

/// Opens a socket that never answers a frame, not even a close frame.
async fn a_silent_socket(program: &Program, path: &str, protocol: &str) -> Raw {
    let authorization = format!("Bearer {}", program.administrator().await.access);
    let mut raw = Raw::connect(program).await;
    let headers = [
        ("connection", "Upgrade"),
        ("upgrade", "websocket"),
        ("sec-websocket-version", "13"),
        ("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ=="),
        ("sec-websocket-protocol", protocol),
        ("authorization", &*authorization),
    ];
    raw.head(&format!("GET {path}"), &headers).await;
    assert_eq!(raw.answer().await.status, 101);
    raw
}

#[rstest]
#[case::a_short_limit(300, 0)]
#[case::a_short_limit_with_a_drain(300, 150)]
#[case::a_long_limit(3_000, 0)]
#[case::a_long_limit_with_a_drain(3_000, 1_500)]
#[tokio::test(flavor = "multi_thread")]
async fn clients_that_do_not_finish_do_not_prolong_the_shutdown(
    #[case] limit_ms: u64,
    #[case] drain_ms: u64,
) {
    let (limit, drain) = (limit_ms.to_string(), drain_ms.to_string());
    let variables = [
        ("HTTP__SHUTDOWN_TIMEOUT_MS", &*limit),
        ("HTTP__DRAIN_MS", &*drain),
    ];
    let mut program = Program::serve(&variables).await;
    let mut reader = Raw::connect(&program).await;
    reader
        .pipeline_until_stuck("GET / HTTP/1.1\r\nhost: fleetwatch\r\n\r\n")
        .await;
    let _clients = [
        reader,
        a_client_that_stops_sending(&program).await,
        a_silent_socket(&program, "/ws", "fleetwatch.v1.json").await,
        a_silent_socket(&program, "/graphql/ws", "graphql-transport-ws").await,
    ];
    let asked_to_stop = Instant::now();
    program.signal_to_stop();
    assert_eq!(program.ended().await, Some(0), "{}", program.log());
    let took = asked_to_stop.elapsed();
    let longest = Duration::from_millis(limit_ms) + ALLOWANCE;
    assert!(took <= longest, "{took:?}\n{}", program.log());
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_are_written_although_a_client_does_not_finish() {
    // Keys are written when the server starts, and then only during the shutdown.
    let mut plant = Plant::with(&[
        ("HTTP__SHUTDOWN_TIMEOUT_MS", "5000"),
        ("LIVE__SYNC_INTERVAL_MS", "3600000"),
    ])
    .await;
    let vehicle = plant.program.create_enabled("Tugger").await;
    let mut client = plant.program.watch_all().await;
    plant.robot().await.is_at(&vehicle, 7.0).await;
    client.until_at(&vehicle, 7.0).await;
    let _stuck = a_client_that_stops_sending(&plant.program).await;
    plant.program.signal_to_stop();
    let code = plant.program.ended().await;
    assert_eq!(code, Some(0), "{}", plant.program.log());
    let key = format!("vehicle:{{{vehicle}}}:position");
    let mut redis = plant.redis.connection().await;
    let x: Option<String> = redis.hget(&key, "x").await.expect("Redis is there");
    assert_eq!(x.as_deref(), Some("7"), "{}", plant.program.log());
}

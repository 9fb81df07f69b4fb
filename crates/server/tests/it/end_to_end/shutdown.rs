//! Graceful shutdown.

use std::time::{Duration, Instant};

use serde_json::json;
use tokio_tungstenite::tungstenite::Message;

use super::support::{Client, Program};

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

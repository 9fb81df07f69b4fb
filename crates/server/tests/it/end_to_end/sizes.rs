//! Limits on messages, bytes and sockets.

use futures::SinkExt as _;
use serde_json::json;
use tokio_tungstenite::tungstenite::Message;

use super::{
    endpoints::{Answer, graphql_socket_as, try_open_socket},
    support::{Client, Program},
};

#[tokio::test(flavor = "multi_thread")]
async fn a_socket_that_sends_too_many_messages_is_closed() {
    let program = &Program::serve(&[("WS__MAX_MESSAGES_PER_SECOND", "2")]).await;
    let token = program.administrator().await.access.clone();
    let live = program.connect_as(&token).await;
    let graphql = graphql_socket_as(program, &token).await;
    for mut socket in [live, graphql] {
        // The burst allows ten seconds' worth of messages, and a few are refilled while they are sent.
        let (code, reason) = send_pings(&mut socket, 40).await;
        assert_eq!((code, &*reason), (4029, "too many messages"));
    }
}

async fn send_pings(socket: &mut Client, messages: usize) -> (u16, String) {
    for _ in 0..messages {
        let ping = Message::text(json!({"type": "ping"}).to_string());
        // The server may close the socket before all are sent.
        if socket.socket.send(ping).await.is_err() {
            break;
        }
    }
    socket.closed().await
}

#[tokio::test(flavor = "multi_thread")]
async fn oversized_bodies_are_rejected() {
    let program = &Program::serve(&[]).await;
    let token = program.administrator().await.access.clone();
    let (json, csv) = ("application/json", "text/csv");
    for (path, media_type, most) in [
        ("/api/vehicles", json, 1 << 20),
        ("/api/users", json, 1 << 20),
        ("/graphql", json, 1 << 20),
        ("/api/vehicles/import", csv, 16 << 20),
    ] {
        for is_announced in [true, false] {
            let request = program
                .request("POST", path)
                .header("content-type", media_type)
                .bearer_auth(&token);
            let answer = Answer::to(sized(request, most + 1, is_announced)).await;
            assert_eq!(answer.status, 413, "{path}: {answer:?}");
        }
        // A body of exactly the maximum size is parsed.
        let request = program
            .request("POST", path)
            .header("content-type", media_type)
            .bearer_auth(&token);
        let answer = Answer::to(sized(request, most, true)).await;
        assert!(matches!(answer.status, 400 | 422), "{path}: {answer:?}");
    }
    // Without a token the body is not read.
    let request = program
        .request("POST", "/api/vehicles")
        .header("content-type", json);
    assert_eq!(Answer::to(sized(request, 1 << 10, true)).await.status, 401);
}

/// Adds a body of spaces, with or without a `Content-Length`.
fn sized(request: reqwest::RequestBuilder, bytes: usize, is_announced: bool) -> reqwest::RequestBuilder {
    let body = vec![b' '; bytes];
    if is_announced {
        return request.body(body);
    }
    let parts: Vec<_> = body
        .chunks(1 << 16)
        .map(|part| Ok::<_, std::io::Error>(part.to_vec()))
        .collect();
    request.body(reqwest::Body::wrap_stream(futures::stream::iter(parts)))
}

#[tokio::test(flavor = "multi_thread")]
async fn an_oversized_message_closes_its_socket() {
    let program = &Program::serve(&[("WS__MAX_MESSAGE_BYTES", "1024")]).await;
    let token = program.administrator().await.access.clone();
    let live = program.connect_as(&token).await;
    let graphql = graphql_socket_as(program, &token).await;
    for mut socket in [live, graphql] {
        socket
            .send(json!({"type": "ping", "padding": "x".repeat(1_024)}))
            .await;
        assert_eq!(
            socket.closed().await,
            (1009, "messages must be at most 1024 bytes long".to_owned())
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn sockets_per_user_and_address_are_limited() {
    let limits = [
        ("WS__MAX_CONNECTIONS_PER_USER", "2"),
        ("WS__MAX_CONNECTIONS_PER_IP", "3"),
    ];
    let program = &Program::serve(&limits).await;
    let viewer = program.create_user("viewer", "VIEWER", None).await;
    let others = program.create_user("another", "VIEWER", None).await;
    let bearer = |token: &str| format!("Bearer {token}");
    let open =
        async |token: &str| try_open_socket(program, "/ws", &[("authorization", &bearer(token))]).await;
    let _two = [
        open(&viewer.access).await.expect("one"),
        open(&viewer.access).await.expect("two"),
    ];
    open(&viewer.access)
        .await
        .expect_err("its third")
        .check_rate_limited();
    let _third = open(&others.access).await.expect("the address' third");
    open(&others.access)
        .await
        .expect_err("its fourth")
        .check_rate_limited();
}

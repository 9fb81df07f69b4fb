//! Limits, pings and the end of sockets.

use std::time::Duration;

use api_ws::GatewayOptions;
use futures::{SinkExt as _, StreamExt as _};
use http_edge::websocket::SocketRules;
use serde_json::json;
use tokio_tungstenite::tungstenite::{
    Bytes, Message,
    protocol::frame::{
        Frame,
        coding::{Data, OpCode},
    },
};

use crate::support::{Client, TestGateway, options, socket_rules, until};

#[tokio::test(flavor = "multi_thread")]
async fn malformed_messages_get_an_error_and_too_many_close_the_socket() {
    let gateway = TestGateway::start(options()).await;
    let mut client = gateway.connect().await;
    for _ in 0..20 {
        client.say_text("{").await;
        assert_eq!(client.next_json().await["code"], "BAD_MESSAGE");
    }
    client.say_text("{").await;
    assert_eq!(client.closed().await.0, 4400);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_oversized_message_closes_the_socket() {
    let gateway = TestGateway::start(options()).await;
    let mut client = gateway.connect().await;
    client.say_text(&"x".repeat(65_537)).await;
    assert_eq!(client.closed().await.0, 1009);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_binary_message_gets_an_error_and_an_invalid_frame_closes_the_socket() {
    let gateway = TestGateway::start(options()).await;
    let mut client = gateway.connect().await;
    client
        .socket
        .send(Message::binary(vec![1, 2, 3]))
        .await
        .expect("the socket is open");
    assert_eq!(client.next_json().await["code"], "BAD_MESSAGE");
    let orphan = Frame::message(Bytes::from_static(b"x"), OpCode::Data(Data::Continue), true);
    client
        .socket
        .send(Message::Frame(orphan))
        .await
        .expect("the socket is open");
    assert_eq!(client.closed().await.0, 1002);
}

#[tokio::test(flavor = "multi_thread")]
async fn pings_and_close_frames_are_answered() {
    let gateway = TestGateway::start(options()).await;
    let mut client = gateway.connect().await;
    client
        .socket
        .send(Message::Ping(Bytes::from_static(b"there?")))
        .await
        .expect("the socket is open");
    assert_eq!(
        client.next_message().await,
        Message::Pong(Bytes::from_static(b"there?"))
    );
    client.socket.close(None).await.expect("the socket is open");
    while client.socket.next().await.is_some_and(|message| message.is_ok()) {}
    until("the connection permit is returned", || {
        gateway.live.stats().subscribers == 0
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_does_not_answer_pings_is_disconnected() {
    let gateway = TestGateway::start(GatewayOptions {
        sockets: SocketRules {
            ping_interval: Duration::from_millis(100),
            pong_timeout: Duration::from_millis(300),
            ..socket_rules()
        },
        ..options()
    })
    .await;
    let (_handshaken, raw) = raw_client(&gateway).await;
    until("the silent client's connection permit is returned", || {
        gateway.live.stats().subscribers == 0
    })
    .await;
    drop(raw);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_answers_pings_stays_connected() {
    let gateway = TestGateway::start(GatewayOptions {
        sockets: SocketRules {
            ping_interval: Duration::from_millis(50),
            pong_timeout: Duration::from_millis(400),
            ..socket_rules()
        },
        ..options()
    })
    .await;
    let mut client = gateway.connect().await;
    for _ in 0..20 {
        assert!(matches!(client.next_message().await, Message::Ping(_)));
    }
    assert_eq!(client.ask_past_pings().await["type"], "pong");
}

impl Client {
    async fn ask_past_pings(&mut self) -> serde_json::Value {
        self.ask(json!({"type": "ping"})).await
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restart_closes_sockets_with_a_pause_before_reconnecting() {
    let gateway = TestGateway::start(options()).await;
    let mut client = gateway.connect().await;
    gateway.stop.cancel();
    let (code, reason) = client.closed().await;
    assert_eq!(code, 1012);
    let ms: u32 = reason
        .strip_prefix("retry-after=")
        .expect(&reason)
        .parse()
        .expect("milliseconds");
    assert!((500..5_000).contains(&ms), "{ms}");
}

/// Completes the handshake of a client that reads nothing afterwards.
async fn raw_client(gateway: &TestGateway) -> (String, tokio::net::TcpStream) {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    let socket = tokio::net::TcpSocket::new_v4().expect("a socket");
    socket.set_recv_buffer_size(4_096).expect("a small buffer");
    let mut stream = socket
        .connect(gateway.address)
        .await
        .expect("the server accepts connections");
    let request = format!(
        "GET /ws HTTP/1.1\r\nHost: {}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
         Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\
         Authorization: {}\r\n\r\n",
        gateway.address,
        gateway.administrator.bearer()
    );
    stream
        .write_all(request.as_bytes())
        .await
        .expect("the connection is open");
    let mut answer = Vec::new();
    while !answer.windows(4).any(|end| end == b"\r\n\r\n") {
        answer.push(stream.read_u8().await.expect("the connection is open"));
    }
    let answer = String::from_utf8(answer).expect("a response's head");
    assert!(answer.starts_with("HTTP/1.1 101"), "{answer}");
    (answer, stream)
}

/// Returns `{"type":"subscribeAll"}` as a client's text frame, masked with zeros.
fn subscribe_all_frame() -> Vec<u8> {
    let text = br#"{"type":"subscribeAll"}"#;
    [&[0x81, 0x80 | text.len() as u8, 0, 0, 0, 0], &text[..]].concat()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_stops_reading_is_disconnected() {
    use tokio::io::AsyncWriteExt as _;
    let gateway = TestGateway::start(GatewayOptions {
        interval: Duration::ZERO,
        sockets: SocketRules {
            send_timeout: Duration::from_millis(500),
            ..socket_rules()
        },
    })
    .await;
    let id = gateway.vehicle(true).id;
    let (_, mut stream) = raw_client(&gateway).await;
    stream
        .write_all(&subscribe_all_frame())
        .await
        .expect("the connection is open");
    let mut x = 0.0;
    until("the slow client's connection permit is returned", || {
        for _ in 0..1_000 {
            x += 1.0;
            gateway.send_position(id, x % 1_000.0);
        }
        gateway.live.stats().subscribers == 0
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_reads_again_gets_the_newest_positions() {
    let gateway = TestGateway::start(GatewayOptions {
        interval: Duration::ZERO,
        ..options()
    })
    .await;
    let ids: Vec<_> = (0..20).map(|_| gateway.vehicle(true).id).collect();
    let mut client = gateway.connect().await;
    client.subscribe_all().await;
    let last = 5_000;
    for x in 0..=last {
        ids.iter().for_each(|&id| gateway.send_position(id, f64::from(x)));
    }
    let mut newest = std::collections::HashMap::new();
    let (mut frames, mut tick) = (0u64, None);
    while newest.len() < ids.len() || newest.values().any(|&x| x != f64::from(last)) {
        let frame = client.next_json().await;
        assert_eq!(
            frame.get("prev").and_then(|prev| prev.as_u64()),
            tick,
            "no gap between frames"
        );
        tick = frame["tick"].as_u64();
        frames += 1;
        for event in frame["events"].as_array().expect("events") {
            if event["type"] == "positionUpdate" {
                newest.insert(
                    event["vehicleId"].to_string(),
                    event["position"]["x"].as_f64().expect("x"),
                );
            }
        }
    }
    assert!(
        frames < 20 * u64::from(last as u32),
        "positions that were not read in time are merged: {frames} frames"
    );
}

//! Start and end of connections to `/graphql/ws`.

use std::time::Duration;

use api_graphql::{GraphqlOptions, SocketOptions};
use http_edge::websocket::SocketRules;
use serde_json::json;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    time::timeout,
};
use tokio_tungstenite::tungstenite::{
    self, Message,
    protocol::frame::{
        Frame,
        coding::{Data, OpCode},
    },
};

use crate::{stage::Stage, stores::Stores};

const TYPENAME: &str = "{ __typename }";

async fn with(sockets: SocketOptions) -> Stage {
    Stage::with(GraphqlOptions {
        sockets,
        ..GraphqlOptions::default()
    })
    .await
}

async fn with_rules(rules: SocketRules) -> Stage {
    with(SocketOptions {
        rules,
        ..SocketOptions::default()
    })
    .await
}

async fn status_of_refusal(stage: &Stage, headers: &[(&'static str, &str)]) -> u16 {
    match stage.open(headers).await {
        Err(tungstenite::Error::Http(response)) => response.status().as_u16(),
        Err(error) => panic!("{error}"),
        Ok(_) => panic!("the handshake is accepted"),
    }
}

#[tokio::test]
async fn foreign_origins_are_rejected() {
    let stage = with_rules(SocketRules {
        allowed_origins: vec!["https://ours.example".into()],
        ..SocketRules::default()
    })
    .await;
    assert_eq!(
        status_of_refusal(&stage, &[("Origin", "https://evil.example")]).await,
        403
    );
    let own = format!("http://{}", stage.address);
    for origin in [own.as_str(), "https://ours.example"] {
        assert!(stage.open(&[("Origin", origin)]).await.is_ok(), "{origin}");
    }
}

#[tokio::test]
async fn the_number_of_sockets_is_limited_and_permits_are_returned() {
    let stage = Stage::crowded(GraphqlOptions::default(), Stores::default(), 1).await;
    let mut first = stage.connect().await;
    assert_eq!(status_of_refusal(&stage, &[]).await, 503);
    first.send(Message::Close(None)).await;
    assert!(first.close_code().await.is_some());
    let freed = async {
        while stage.open(&[]).await.is_err() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    timeout(Duration::from_secs(10), freed)
        .await
        .expect("the permit is returned");
}

#[tokio::test]
async fn a_client_without_the_subprotocol_is_disconnected() {
    let stage = Stage::new().await;
    let mut client = stage.open(&[]).await.expect("the server accepts the connection");
    assert_eq!(client.close_code().await, Some(4406));
}

#[tokio::test]
async fn a_client_that_never_initialises_is_disconnected() {
    let stage = with(SocketOptions {
        init_timeout: Duration::from_millis(20),
        ..SocketOptions::default()
    })
    .await;
    assert_eq!(stage.open_graphql().await.close_code().await, Some(4408));
}

#[tokio::test]
async fn a_client_that_initialises_twice_is_disconnected() {
    let stage = Stage::new().await;
    let mut client = stage.connect().await;
    client.initialise(&stage.administrator.bearer()).await;
    assert_eq!(client.close_code().await, Some(4429));
}

#[tokio::test]
async fn a_client_that_does_not_initialise_first_is_disconnected() {
    let stage = Stage::new().await;
    let mut client = stage.open_graphql().await;
    client.subscribe("1", TYPENAME, json!({})).await;
    assert_eq!(client.close_code().await, Some(4401));
}

#[tokio::test]
async fn an_invalid_message_closes_the_connection() {
    let stage = Stage::new().await;
    for message in [
        Message::text("{"),
        Message::text(r#"{"type": "nonsense"}"#),
        Message::text(r#"{"type": "subscribe", "id": "1"}"#),
        Message::text(r#"{"type": "ping", "type": "pong"}"#),
        Message::text(r#"{"type": "connection_init", "payload": 7}"#),
        Message::text(format!(r#"{{"type": "{}"}}"#, "x".repeat(1_000))),
        Message::binary(&br#"{"type": "ping"}"#[..]),
    ] {
        let mut client = stage.connect().await;
        client.send(message).await;
        assert_eq!(client.close_code().await, Some(4400));
    }
}

#[tokio::test]
async fn pings_of_both_kinds_are_answered() {
    let stage = Stage::new().await;
    let mut client = stage.open_graphql().await;
    client.send(Message::Ping("are you there?".into())).await;
    assert_eq!(client.frame().await, Message::Pong("are you there?".into()));
    client.send_json(json!({"type": "ping"})).await;
    assert_eq!(client.receive().await, json!({"type": "pong"}));
    client.initialise(&stage.administrator.bearer()).await;
    assert_eq!(client.receive().await, json!({"type": "connection_ack"}));
    client
        .send_json(json!({"type": "ping", "payload": {"n": 1}}))
        .await;
    assert_eq!(client.receive().await, json!({"type": "pong"}));
}

#[tokio::test]
async fn a_message_may_arrive_in_fragments() {
    let stage = Stage::new().await;
    let mut client = stage.open_graphql().await;
    let payload = format!(
        r#", "payload": {{"authorization": "{}"}}"#,
        stage.administrator.bearer()
    );
    for (text, opcode, is_final) in [
        (r#"{"type": "connec"#, Data::Text, false),
        ("tion_init\"", Data::Continue, false),
        (payload.as_str(), Data::Continue, false),
        ("}", Data::Continue, true),
    ] {
        let text = text.to_owned();
        client
            .send(Message::Frame(Frame::message(
                text,
                OpCode::Data(opcode),
                is_final,
            )))
            .await;
    }
    assert_eq!(client.receive().await, json!({"type": "connection_ack"}));
}

#[tokio::test]
async fn a_client_that_answers_pings_stays_connected() {
    let stage = with_rules(SocketRules {
        ping_interval: Duration::from_millis(10),
        ..SocketRules::default()
    })
    .await;
    let mut client = stage.connect().await;
    // The server only sends the next ping once the previous one has been answered.
    let mut pings = 0;
    while pings < 10 {
        pings += usize::from(client.frame().await.is_ping());
    }
    client.subscribe("1", TYPENAME, json!({})).await;
    assert_eq!(client.next("1").await, json!({"__typename": "Query"}));
}

#[tokio::test]
async fn a_client_that_does_not_answer_pings_is_disconnected() {
    let (ping_interval, pong_timeout) = (Duration::from_millis(10), Duration::from_millis(30));
    let stage = with_rules(SocketRules {
        ping_interval,
        pong_timeout,
        ..SocketRules::default()
    })
    .await;
    let mut stream = stage.connect().await.socket.into_inner();
    let mut bytes = Vec::new();
    timeout(Duration::from_secs(10), stream.read_to_end(&mut bytes))
        .await
        .expect("it ends")
        .expect("in order");
    let close = bytes
        .windows(4)
        .any(|frame| frame[0] == 0x88 && frame[2..] == 1001_u16.to_be_bytes());
    assert!(close, "{bytes:x?}");
}

#[tokio::test]
async fn a_message_that_is_too_large_closes_the_connection() {
    let stage = with_rules(SocketRules {
        max_message_bytes: 1_000,
        ..SocketRules::default()
    })
    .await;
    let mut client = stage.connect().await;
    client.send(Message::text("x".repeat(1_001))).await;
    assert_eq!(client.close_code().await, Some(1009));

    let mut client = stage.connect().await;
    for (opcode, is_final) in [(Data::Text, false), (Data::Continue, true)] {
        client
            .send(Message::Frame(Frame::message(
                "x".repeat(600),
                OpCode::Data(opcode),
                is_final,
            )))
            .await;
    }
    assert_eq!(client.close_code().await, Some(1009));
}

#[tokio::test]
async fn a_frame_that_announces_too_many_bytes_is_rejected_at_once() {
    let stage = Stage::new().await;
    let mut client = stage.connect().await;
    let header = [
        &[0x81, 0x80 | 127][..],
        &(1_u64 << 30).to_be_bytes(),
        &[1, 2, 3, 4],
    ]
    .concat();
    client
        .socket
        .get_mut()
        .write_all(&header)
        .await
        .expect("the socket is open");
    assert_eq!(client.close_code().await, Some(1009));
}

#[tokio::test]
async fn sockets_are_closed_with_a_pause_before_reconnecting_when_the_server_shuts_down() {
    let stage = Stage::new().await;
    let mut client = stage.connect().await;
    client
        .subscribe(
            "1",
            "subscription { vehiclePositionUpdated { vehicleId } }",
            json!({}),
        )
        .await;
    stage.shutdown.cancel();
    let (code, reason) = client.close().await.expect("a code");
    assert_eq!(code, 1012);
    assert!(reason.starts_with("retry-after="), "{reason}");
}

#[tokio::test]
async fn a_close_frame_is_answered() {
    let stage = Stage::new().await;
    let mut client = stage.connect().await;
    client.send(Message::Close(None)).await;
    assert_eq!(client.close_code().await, Some(1000));
}

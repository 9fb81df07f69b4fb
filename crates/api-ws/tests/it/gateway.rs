//! Admission of sockets: method, origin, subprotocol, connection limits.

use serde_json::json;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};
use tokio_tungstenite::tungstenite::Error;

use crate::support::{Client, TestGateway, limits, options, until};

fn check_refused(result: Result<Client, Error>, status: u16) {
    match result.err() {
        Some(Error::Http(response)) => assert_eq!(response.status().as_u16(), status),
        other => panic!("expected HTTP {status}, got {other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_is_welcomed_with_its_user_and_settings() {
    let gateway = TestGateway::start(options()).await;
    let mut client = gateway
        .try_connect_with(&[])
        .await
        .expect("the handshake succeeds");
    let welcome = client.next_json().await;
    assert_eq!(welcome["type"], "welcome");
    assert_eq!(
        (&welcome["intervalMs"], &welcome["mode"]),
        (&json!(20), &json!("full"))
    );
    assert_eq!(welcome["user"]["role"], "ADMIN");
    assert!(
        welcome["sessionId"].is_string() && welcome["serverTime"].is_i64(),
        "{welcome}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn other_methods_are_answered_with_405_and_allow() {
    let gateway = TestGateway::start(options()).await;
    for method in ["POST", "PUT", "DELETE", "HEAD"] {
        let mut stream = TcpStream::connect(gateway.address)
            .await
            .expect("the server accepts connections");
        let request =
            format!("{method} /ws HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
        stream
            .write_all(request.as_bytes())
            .await
            .expect("the connection is open");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.expect("an answer");
        assert!(answer.starts_with("HTTP/1.1 405 "), "{method}: {answer}");
        assert!(answer.contains("allow: GET\r\n"), "{method}: {answer}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_of_a_foreign_origin_is_refused() {
    let gateway = TestGateway::start(options()).await;
    check_refused(
        gateway
            .try_connect_with(&[("Origin", "https://evil.example")])
            .await,
        403,
    );
    assert!(
        gateway
            .try_connect_with(&[("Origin", "https://screens.example")])
            .await
            .is_ok()
    );
    let own = format!("http://{}", gateway.address);
    assert!(gateway.try_connect_with(&[("Origin", &own)]).await.is_ok());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_subprotocol_is_refused() {
    let gateway = TestGateway::start(options()).await;
    let offer = |name| [("Sec-WebSocket-Protocol", name)];
    check_refused(gateway.try_connect_with(&offer("fleetwatch.v9.json")).await, 400);
    assert!(
        gateway
            .try_connect_with(&offer("fleetwatch.v1.json"))
            .await
            .is_ok()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn sockets_above_the_limit_are_refused_until_one_closes() {
    let per_address = TestGateway::start_with(options(), limits(10, 1, 10)).await;
    let only = per_address.connect().await;
    check_refused(per_address.try_connect_with(&[]).await, 429);
    drop(only);
    until("the first socket's connection permit is returned", || {
        per_address.live.stats().subscribers == 0
    })
    .await;
    per_address.connect().await;

    let full = TestGateway::start_with(options(), limits(1, 10, 10)).await;
    let _only = full.connect().await;
    check_refused(full.try_connect_with(&[]).await, 503);
}

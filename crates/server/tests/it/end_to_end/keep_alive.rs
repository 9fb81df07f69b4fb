//! Reuse of HTTP connections.

use std::time::Duration;

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    time::timeout,
};

use super::{raw::Raw, support::Program};

/// A duration longer than the default keep-alive of libraries, such as 5 s in actix-web.
const A_WHILE: Duration = Duration::from_secs(6);

/// Sends a request and returns the status line.
async fn ask(connection: &mut TcpStream) -> String {
    let request = b"GET /health/live HTTP/1.1\r\nHost: fleetwatch\r\n\r\n";
    connection.write_all(request).await.expect("it is taken");
    let mut answer = [0; 4096];
    let length = connection.read(&mut answer).await.expect("an answer");
    let answer = String::from_utf8_lossy(&answer[..length]);
    answer.lines().next().unwrap_or_default().to_owned()
}

/// Pauses for a time after which libraries close connections by default. Proxies keep them for up to a minute, and a
/// request in transit would fail if the server closed one earlier.
#[tokio::test(flavor = "multi_thread")]
async fn an_idle_connection_is_kept_for_the_next_request() {
    let program = Program::serve(&[]).await;
    let mut connection = TcpStream::connect(&program.address).await.expect("it listens");
    assert_eq!(ask(&mut connection).await, "HTTP/1.1 200 OK");
    let closed = timeout(A_WHILE, connection.read(&mut [0])).await;
    assert!(closed.is_err(), "{closed:?}");
    assert_eq!(ask(&mut connection).await, "HTTP/1.1 200 OK");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_idle_connection_is_closed_on_shutdown() {
    let mut program = Program::serve(&[("HTTP__SHUTDOWN_TIMEOUT_MS", "60000")]).await;
    let mut connection = TcpStream::connect(&program.address).await.expect("it listens");
    assert_eq!(ask(&mut connection).await, "HTTP/1.1 200 OK");
    program.signal_to_stop();
    assert_eq!(connection.read(&mut [0]).await.expect("an end"), 0);
    assert_eq!(program.ended().await, Some(0), "{}", program.log());
}

/// Request line, headers and body of a request whose response may close the connection.
type Case<'a> = (&'a str, &'a [(&'a str, &'a str)], &'a str);

/// Checks for `Connection: close`, without which a client would send its next request on a closing connection.
#[tokio::test(flavor = "multi_thread")]
async fn a_response_that_closes_its_connection_announces_it() {
    let program = Program::serve(&[]).await;
    let token = format!("Bearer {}", program.administrator().await.access);
    let websocket = [
        ("connection", "Upgrade"),
        ("upgrade", "websocket"),
        ("sec-websocket-version", "13"),
        ("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ=="),
    ];
    let with = |more: &[(&'static str, &'static str)]| [&websocket[..], more].concat();
    let authorized = [&websocket[..3], &[("authorization", &*token)]].concat();
    let cases: [Case<'_>; 12] = [
        ("GET /health/live", &[], ""),
        ("GET /health/live", &[("connection", "upgrade")], ""),
        // Sent by curl --http2 and Java's HttpClient.
        (
            "GET /health/live",
            &[
                ("connection", "Upgrade, HTTP2-Settings"),
                ("upgrade", "h2c"),
                ("http2-settings", "AAMAAABk"),
            ],
            "",
        ),
        ("GET /health/live", &websocket, ""),
        ("GET /ws", &[], ""),
        ("GET /ws", &websocket, ""),
        ("GET /ws", &authorized, ""),
        (
            "GET /ws",
            &[("connection", "Upgrade"), ("authorization", &token)],
            "",
        ),
        (
            "GET /graphql/ws",
            &with(&[("origin", "https://evil.example")]),
            "",
        ),
        ("GET /graphql/ws", &websocket[..3], ""),
        ("POST /api/vehicles", &[("content-length", "2")], "{}"),
        ("POST /api/vehicles", &[("content-length", "3")], "{}"),
    ];
    for (line, headers, body) in cases {
        let mut raw = Raw::connect(&program).await;
        raw.head(line, headers).await;
        raw.send(body).await;
        let answer = raw.answer().await;
        let announces_close = answer
            .header("connection")
            .split(',')
            .any(|word| word.trim() == "close");
        if !announces_close {
            raw.head("GET /health/live", &[]).await;
            assert_eq!(raw.answer().await.status, 200, "{line} {headers:?}: {answer:?}");
        }
    }
}

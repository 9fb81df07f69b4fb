//! Connections that are used for more than one request.

use std::time::Duration;

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    time::timeout,
};

use super::support::Program;

/// Longer than libraries keep a connection by themselves, actix-web's 5 s among them.
const A_WHILE: Duration = Duration::from_secs(6);

/// Asks for something, and gives the status line.
async fn ask(connection: &mut TcpStream) -> String {
    let request = b"GET /health/live HTTP/1.1\r\nHost: fleetwatch\r\n\r\n";
    connection.write_all(request).await.expect("it is taken");
    let mut answer = [0; 4096];
    let length = connection.read(&mut answer).await.expect("an answer");
    let answer = String::from_utf8_lossy(&answer[..length]);
    answer.lines().next().unwrap_or_default().to_owned()
}

/// Proxies keep their connections for up to a minute. One that the server closes while a request is on its way is an
/// error that nobody can explain.
#[tokio::test(flavor = "multi_thread")]
async fn a_connection_is_there_for_the_next_request() {
    let program = Program::serve(&[]).await;
    let mut connection = TcpStream::connect(&program.address).await.expect("it listens");
    assert_eq!(ask(&mut connection).await, "HTTP/1.1 200 OK");
    let closed = timeout(A_WHILE, connection.read(&mut [0])).await;
    assert!(closed.is_err(), "{closed:?}");
    assert_eq!(ask(&mut connection).await, "HTTP/1.1 200 OK");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_that_nobody_uses_is_closed_by_a_server_that_is_asked_to_stop() {
    let mut program = Program::serve(&[("HTTP__SHUTDOWN_TIMEOUT_MS", "60000")]).await;
    let mut connection = TcpStream::connect(&program.address).await.expect("it listens");
    assert_eq!(ask(&mut connection).await, "HTTP/1.1 200 OK");
    program.signal_to_stop();
    assert_eq!(connection.read(&mut [0]).await.expect("an end"), 0);
    assert_eq!(program.ended().await, Some(0), "{}", program.log());
}

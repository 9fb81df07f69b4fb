//! `fleetwatch healthcheck` against the real server.

use std::{net::TcpListener, process::Output};

use serde_json::Value;
use test_stores::ports::free_port;
use tokio::task::spawn_blocking;

use super::support::Program;
use crate::command_line::{fleetwatch, stderr, stdout};

/// Range of ports that servers of other tests don't use.
const PORTS: std::ops::Range<u16> = 32_000..32_700;

/// Runs the command for a server at `address`, without blocking the runtime.
async fn check(address: &str, arguments: &[&str], variables: &[(&str, &str)]) -> Output {
    let arguments: Vec<_> = ["healthcheck"]
        .iter()
        .chain(arguments)
        .map(ToString::to_string)
        .collect();
    let mut variables: Vec<_> = variables
        .iter()
        .map(|(name, value)| (name.to_string(), value.to_string()))
        .collect();
    variables.push(("FLEETWATCH_HTTP__BIND".to_owned(), address.to_owned()));
    let running = spawn_blocking(move || {
        let arguments: Vec<_> = arguments.iter().map(String::as_str).collect();
        let variables: Vec<_> = variables
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        fleetwatch(&arguments, &variables)
    });
    running.await.expect("it does not panic")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ready_server_passes() {
    let program = Program::serve(&[]).await;
    let output = check(&program.address, &[], &[]).await;
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let body: Value = serde_json::from_str(&stdout(&output)).expect("the response");
    assert_eq!(body["status"], "up");
    // Neither the server's other settings nor a proxy matters.
    let production = [
        ("FLEETWATCH_ENV", "production"),
        ("http_proxy", "http://127.0.0.1:1"),
        ("HTTP_PROXY", "http://127.0.0.1:1"),
    ];
    let output = check(&program.address, &["--path", "/health/live"], &production).await;
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_on_all_addresses_with_allowed_hosts_passes() {
    let hosts = "fleet.example,other.example";
    let program =
        Program::serve_unready(&[("HTTP__BIND", "0.0.0.0:0"), ("HTTP__ALLOWED_HOSTS", hosts)]).await;
    let (_, port) = program.address.split_once(':').expect("a port");
    let address = format!("0.0.0.0:{port}");
    let variables = [("FLEETWATCH_HTTP__ALLOWED_HOSTS", hosts)];
    let output = check(&address, &["--wait-s", "30"], &variables).await;
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let output = check(&address, &[], &[]).await;
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).contains("421"), "{}", stderr(&output));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_does_not_respond_fails() {
    let address = format!("127.0.0.1:{}", free_port(PORTS));
    let output = check(&address, &["--wait-s", "1"], &[]).await;
    assert_eq!(output.status.code(), Some(1));
    let expected = format!("error: http://{address}/health/ready does not respond");
    assert!(stderr(&output).starts_with(&expected), "{}", stderr(&output));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_accepts_connections_and_does_not_answer_fails_with_the_limit() {
    let silent = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = silent.local_addr().expect("an address").to_string();
    let output = check(&address, &["--timeout-ms", "200"], &[]).await;
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(
        stderr(&output).trim_end(),
        format!("error: http://{address}/health/ready does not respond: no answer within 200 ms")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_response_other_than_success_fails() {
    let program = Program::serve(&[]).await;
    let output = check(&program.address, &["--path", "/health/nothing"], &[]).await;
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).contains("404"), "{}", stderr(&output));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_address_is_bad_usage() {
    let output = check("127.0.0.1:0", &[], &[]).await;
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("the port is 0"), "{}", stderr(&output));
    let output = check("127.0.0.1:8080", &["--path", "health"], &[]).await;
    assert_eq!(output.status.code(), Some(2));
    assert!(
        stderr(&output).contains("must start with /"),
        "{}",
        stderr(&output)
    );
}

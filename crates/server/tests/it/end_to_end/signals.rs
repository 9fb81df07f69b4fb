//! Signals while a command starts, waits or stops.

use std::{path::Path, process::Command};

use rstest::rstest;
use rustix::process::Signal;
use tokio::{
    net::{TcpListener, unix::pipe},
    time::timeout,
};

use super::support::{PATIENCE, Program, until_ok};

/// Stands for the recording in the arguments of a case.
const RECORDING: &str = "RECORDING";

/// Creates a named pipe, and returns its path.
fn a_pipe(directory: &Path, name: &str) -> String {
    let path = directory.join(name);
    let made = Command::new("mkfifo").arg(&path).status().expect("mkfifo");
    assert!(made.success());
    path.to_str().expect("a plain path").to_owned()
}

/// Returns a store that accepts connections but does not answer, and its address.
async fn an_unresponsive_store() -> (TcpListener, String) {
    let store = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = store.local_addr().expect("an address").to_string();
    (store, address)
}

#[rstest]
#[case::serve(&["serve"])]
#[case::demo(&["demo"])]
#[case::simulate(&["simulate"])]
#[case::replay(&["replay", RECORDING, "--vehicle", "0198c0de-0000-7000-8000-000000000001"])]
#[tokio::test(flavor = "multi_thread")]
async fn a_command_that_has_just_started_stops_with_0(
    #[case] arguments: &[&str],
    #[values(Signal::TERM, Signal::INT)] signal: Signal,
) {
    let directory = tempfile::tempdir().expect("a directory");
    let settings = a_pipe(directory.path(), "settings");
    // Opening it blocks, because it has no writer.
    let recording = a_pipe(directory.path(), "recording");
    let mut all = vec!["--config", settings.as_str()];
    all.extend(arguments.iter().map(|argument| match *argument {
        RECORDING => recording.as_str(),
        argument => argument,
    }));
    let (_store, address) = an_unresponsive_store().await;
    let database = format!("postgres://fleetwatch@{address}/fleetwatch");
    let redis = format!("redis://{address}");
    let data = directory.path().to_str().expect("a plain path");
    let variables = [
        ("DATA__DIR", data),
        ("DATABASE__URL", &*database),
        ("REDIS__URL", &*redis),
    ];
    let mut program = Program::start_only(&all, &variables);
    // Fails until the program reads the pipe.
    let writer = until_ok("it reads its settings", || async {
        pipe::OpenOptions::new().open_sender(&settings).ok()
    })
    .await;
    program.signal(signal);
    drop(writer);
    assert_eq!(program.ended().await, Some(0), "{}", program.log());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_waits_for_its_database_to_answer_stops_with_0() {
    let (store, address) = an_unresponsive_store().await;
    let database = format!("postgres://fleetwatch@{address}/fleetwatch");
    let mut program = Program::start_only(&["serve"], &[("DATABASE__URL", &database)]);
    let connected = timeout(PATIENCE, store.accept()).await;
    let _connection = connected.expect("it connects in time").expect("a connection");
    program.signal_to_stop();
    assert_eq!(program.ended().await, Some(0), "{}", program.log());
    until_ok("the start was cancelled", || async {
        program.log().contains("stopped while starting").then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_command_without_a_graceful_stop_is_ended_by_the_signal() {
    let (store, address) = an_unresponsive_store().await;
    let database = format!("postgres://fleetwatch@{address}/fleetwatch");
    let mut program = Program::start_only(&["migrate"], &[("DATABASE__URL", &database)]);
    let connected = timeout(PATIENCE, store.accept()).await;
    let _connection = connected.expect("it connects in time").expect("a connection");
    program.signal_to_stop();
    assert_eq!(program.ended().await, None, "it has no exit code");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_signal_ends_the_shutdown_with_1() {
    // The drain alone is longer than the test waits.
    let mut program = Program::serve(&[
        ("HTTP__SHUTDOWN_TIMEOUT_MS", "600000"),
        ("HTTP__DRAIN_MS", "300000"),
    ])
    .await;
    program.signal_to_stop();
    program.until_status("/health/ready", 503).await;
    program.signal(Signal::INT);
    assert_eq!(program.ended().await, Some(1), "{}", program.log());
}

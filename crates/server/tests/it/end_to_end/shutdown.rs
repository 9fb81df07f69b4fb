//! Graceful shutdown.

use tokio_tungstenite::tungstenite::Message;

use super::support::Program;

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

//! Signals that stop the process.

use anyhow::Context as _;
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

/// Waits for SIGTERM or SIGINT, or until `stop` is cancelled. After a first signal, a second one terminates the process
/// at once.
///
/// # Errors
/// Fails if the process can't listen for signals.
pub async fn until_asked_to_stop(stop: &CancellationToken) -> anyhow::Result<()> {
    let mut terminate = signal(SignalKind::terminate()).context("cannot listen for SIGTERM")?;
    let mut interrupt = signal(SignalKind::interrupt()).context("cannot listen for SIGINT")?;
    // All three are cancel-safe.
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
        () = stop.cancelled() => return Ok(()),
    }
    // Not awaited: this task exits with the process, and must work whatever the shutdown is waiting for.
    tokio::spawn(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        std::process::exit(1);
    });
    Ok(())
}

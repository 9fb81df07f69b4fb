//! Signals that stop the process.

use std::sync::{Arc, OnceLock};

use anyhow::Context as _;
use tokio::{
    signal::unix::{Signal, SignalKind, signal},
    time::Instant,
};
use tokio_util::{sync::CancellationToken, task::AbortOnDropHandle};

/// Request to stop the process, made by SIGTERM or SIGINT. Until this value is dropped, a second signal terminates the
/// process at once.
pub struct StopRequest {
    token: CancellationToken,
    made_at: Arc<OnceLock<Instant>>,
    _watching: AbortOnDropHandle<()>,
}

impl StopRequest {
    /// Starts to listen for the signals, which otherwise end the process at once. A command that stops gracefully calls
    /// this first. On a multi-threaded runtime, a second signal takes effect even if the calling thread is blocked.
    ///
    /// # Errors
    /// Fails if the process can't listen for signals.
    pub fn listen() -> anyhow::Result<Self> {
        let signals = Signals {
            terminate: signal(SignalKind::terminate()).context("cannot listen for SIGTERM")?,
            interrupt: signal(SignalKind::interrupt()).context("cannot listen for SIGINT")?,
        };
        let (token, made_at) = (CancellationToken::new(), Arc::new(OnceLock::new()));
        let watching = tokio::spawn(watch(signals, token.clone(), Arc::clone(&made_at)));
        Ok(Self {
            token,
            made_at,
            _watching: AbortOnDropHandle::new(watching),
        })
    }

    /// Returns the token that the first signal cancels.
    #[must_use]
    pub fn token(&self) -> &CancellationToken {
        &self.token
    }

    /// Returns the time of the first signal, or the current time if there was none.
    pub(super) fn made_at(&self) -> Instant {
        self.made_at.get().copied().unwrap_or_else(Instant::now)
    }
}

struct Signals {
    terminate: Signal,
    interrupt: Signal,
}

impl Signals {
    async fn next(&mut self) {
        // Both are cancel-safe.
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}

/// Cancels `token` at the first signal, and terminates the process at the second.
async fn watch(mut signals: Signals, token: CancellationToken, made_at: Arc<OnceLock<Instant>>) {
    signals.next().await;
    // It is set only here.
    let _ = made_at.set(Instant::now());
    token.cancel();
    signals.next().await;
    std::process::exit(1);
}

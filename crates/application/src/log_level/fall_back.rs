use std::{future::pending, sync::Arc};

use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;

use super::{End, LogLevel};

impl LogLevel {
    /// Restores the configured level whenever the time of a change is over, until `stop`.
    pub async fn run(self: Arc<Self>, stop: CancellationToken) {
        stop.run_until_cancelled(self.end_changes()).await;
    }

    async fn end_changes(&self) {
        let mut ends = self.end.subscribe();
        loop {
            let end = *ends.borrow_and_update();
            // Both branches are cancel-safe.
            tokio::select! {
                // `self` owns the sender, so this fails only after `self` is gone.
                changed = ends.changed() => if changed.is_err() { return },
                () = until(end) => self.fall_back().await,
            }
        }
    }

    async fn fall_back(&self) {
        let _turn = self.turn.lock().await;
        // A change that was made in the meantime has a later end.
        let is_over = self
            .end
            .borrow()
            .is_some_and(|end| end.deadline <= Instant::now());
        if !is_over {
            return;
        }
        match self.control.set(None) {
            Ok(()) => tracing::info!(
                filter = self.control.configured(),
                "the configured log level is in effect again"
            ),
            Err(error) => tracing::error!(error = error.chain(), "cannot restore the log level"),
        }
        self.end.send_replace(None);
    }
}

/// Waits for the end of a change. Waits forever if there is none.
async fn until(end: Option<End>) {
    match end {
        Some(end) => sleep_until(end.deadline).await,
        None => pending().await,
    }
}

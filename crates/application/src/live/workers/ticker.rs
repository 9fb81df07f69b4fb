//! Calls the live core when something is due.

use std::{future::pending, sync::Arc, time::Duration};

use tokio_util::sync::CancellationToken;

use crate::live::Live;

/// Serves rooms when their time has come, and finds robots that have gone silent.
#[derive(Debug)]
pub struct Ticker {
    live: Arc<Live>,
}

impl Ticker {
    /// A ticker of a live core, which needs just one.
    #[must_use]
    pub fn new(live: Arc<Live>) -> Self {
        Self { live }
    }

    /// Runs until `stop`.
    pub async fn run(self, stop: CancellationToken) {
        while !stop.is_cancelled() {
            let pause = self.live.tick();
            // All three are cancel-safe; a permit of `sooner` that was taken leads to another tick.
            tokio::select! {
                () = sleep(pause) => {}
                () = self.live.sooner.notified() => {}
                () = stop.cancelled() => {}
            }
        }
    }
}

async fn sleep(pause: Option<Duration>) {
    match pause {
        // More is due than is done at once: others get the core and this thread in between.
        Some(Duration::ZERO) => tokio::task::yield_now().await,
        Some(pause) => tokio::time::sleep(pause).await,
        None => pending().await,
    }
}

//! The task that ticks the live core when something is due.

use std::{future::pending, sync::Arc, time::Duration};

use tokio_util::sync::CancellationToken;

use crate::live::Live;

#[derive(Debug)]
pub struct Ticker {
    live: Arc<Live>,
}

impl Ticker {
    /// Creates the ticker of a live core. A core needs exactly one. It must run on the thread that receives messages
    /// from robots, so that a late tick shows that none could be received.
    #[must_use]
    pub fn new(live: Arc<Live>) -> Self {
        Self { live }
    }

    pub async fn run(self, stop: CancellationToken) {
        while !stop.is_cancelled() {
            // A wake-up between the tick and the wait leaves a permit in `sooner`, so it is not lost.
            let pause = self.live.tick();
            // All branches are cancel-safe. If a permit of `sooner` was consumed, the loop ticks again.
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
        // More is due, because the work of one tick is bounded. Other tasks run first.
        Some(Duration::ZERO) => tokio::task::yield_now().await,
        Some(pause) => tokio::time::sleep(pause).await,
        None => pending().await,
    }
}

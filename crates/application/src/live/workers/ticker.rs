//! Calls the live core when something is due.

use std::{future::pending, sync::Arc, time::Duration};

use tokio_util::sync::CancellationToken;

use crate::live::Live;

pub(super) async fn run(live: Arc<Live>, stop: CancellationToken) {
    while !stop.is_cancelled() {
        let pause = live.tick();
        // All three are cancel-safe; a permit of `sooner` that was taken leads to another tick.
        tokio::select! {
            () = sleep(pause) => {}
            () = live.sooner.notified() => {}
            () = stop.cancelled() => {}
        }
    }
}

async fn sleep(pause: Option<Duration>) {
    match pause {
        Some(pause) => tokio::time::sleep(pause).await,
        None => pending().await,
    }
}

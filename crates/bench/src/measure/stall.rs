//! A client that stops reading: its cost, and its effect on others.

use std::{sync::Arc, time::Duration};

use anyhow::{Context as _, ensure};
use tokio::time::{Instant, sleep};
use uuid::Uuid;

use super::Timing;
use crate::{
    clients::{Clients, Tally},
    clock::Nanos,
    publisher::Publisher,
    target::Target,
    workload::Workload,
};

/// Time limit for the client to be up to date after it has resumed reading.
const PATIENCE: Duration = Duration::from_secs(20);

/// Result of a measurement.
#[derive(Debug, Clone)]
pub(crate) struct Stall {
    /// Time for which the client did not read.
    pub stalled: Duration,
    /// Memory of the target before the stall, in bytes.
    pub resident_before: u64,
    /// Maximum memory of the target during the stall, in bytes.
    pub resident_most: u64,
    /// Time after the stall until the client had received, for each vehicle, an update published after the stall.
    pub fresh_after: Duration,
    /// Results of the other clients during the stall.
    pub others: Tally,
}

/// Runs a load with an additional client that subscribes to all vehicles and stops reading for a while.
///
/// # Errors
/// Fails if the target refuses the load, or does not serve the client afterwards.
pub(crate) async fn stall(
    target: &Target,
    workload: &Workload,
    ids: &[Uuid],
    timing: &Timing,
) -> anyhow::Result<Stall> {
    let process = target.process.context("the target's process is unknown")?;
    let books = timing.books(workload, ids);
    let endpoint = target.endpoint.with_interval(timing.interval);
    let others = Clients::open(&endpoint, workload, &books, 1).await?;
    let one = Workload {
        clients: 1,
        ..*workload
    };
    let sleeper = Clients::open(&endpoint, &one, &books, 1).await?;
    let publisher = Publisher::start(
        target.feed,
        Arc::clone(&books.ids),
        Arc::clone(&books.log),
        workload,
    )?;
    sleep(timing.warm_up).await;

    sleeper.pause().await?;
    let resident_before = process.resident_bytes()?;
    let mut resident_most = resident_before;
    books.window.begin();
    let began = Instant::now();
    while began.elapsed() < timing.measured {
        sleep(Duration::from_millis(200)).await;
        resident_most = resident_most.max(process.resident_bytes()?);
    }
    let stalled = began.elapsed();
    books.window.end();

    let (woken, woken_at) = (Instant::now(), Nanos::now());
    sleeper.resume().await?;
    while sleeper.stale_since(woken_at).await? > 0 {
        ensure!(
            woken.elapsed() < PATIENCE,
            "the client received nothing new within {PATIENCE:?} after it had resumed reading"
        );
        sleep(Duration::from_millis(2)).await;
    }
    let fresh_after = woken.elapsed();
    publisher.stop()?;
    ensure!(sleeper.finish().await?.closed == 0, "the client was cut off");
    let others = others.finish().await?;
    Ok(Stall {
        stalled,
        resident_before,
        resident_most,
        fresh_after,
        others,
    })
}

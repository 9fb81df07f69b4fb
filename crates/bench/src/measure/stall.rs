//! A client that stops reading: what it costs, and what the others notice.

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

/// How long the client may take to be up to date when it reads again.
const PATIENCE: Duration = Duration::from_secs(20);

/// What came of it.
#[derive(Debug, Clone)]
pub struct Stall {
    /// How long the client did not read.
    pub stalled: Duration,
    /// The target's memory when it stopped, in bytes.
    pub resident_before: u64,
    /// The target's memory at its highest until it read again.
    pub resident_most: u64,
    /// How long after that it had of each vehicle something that was published after it.
    pub fresh_after: Duration,
    /// What the other clients got meanwhile.
    pub others: Tally,
}

/// Lets one more client than the load has watch all, and stop reading for a while.
///
/// # Errors
/// When the target does not take it, or does not serve the client afterwards.
pub async fn stall(
    target: &Target,
    workload: &Workload,
    ids: &[Uuid],
    timing: &Timing,
) -> anyhow::Result<Stall> {
    let process = target.process.context("the target's process is not known")?;
    let books = timing.books(workload, ids);
    let others = Clients::open(&target.endpoint, workload, &books, 1).await?;
    let one = Workload {
        clients: 1,
        ..*workload
    };
    let sleeper = Clients::open(&target.endpoint, &one, &books, 1).await?;
    let publisher = Publisher::start(
        target.redis,
        Arc::clone(&books.ids),
        Arc::clone(&books.log),
        workload.rate_hz,
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
            "the client got nothing new within {PATIENCE:?} after it read again"
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

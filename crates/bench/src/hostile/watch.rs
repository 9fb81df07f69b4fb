//! The server's health and memory while it is attacked, seen from outside.

use std::{net::SocketAddr, time::Duration};

use reqwest::Client;
use tokio::time::{Instant, MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

use crate::process::ProcessId;

const PAUSE: Duration = Duration::from_millis(100);
/// How long an answer of `/health/live` is waited for; a missing one counts as this long.
const PATIENCE: Duration = Duration::from_secs(10);

/// What was seen.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Seen {
    /// The longest time until `/health/live` answered.
    pub(super) slowest_health: Duration,
    /// How often it gave no answer, or another status than 200.
    pub(super) unhealthy: u32,
    /// The most memory that the server had, in bytes.
    pub(super) peak_bytes: u64,
}

/// Asks `/health/live` over a new connection ten times a second, and reads the server's memory, until it is over.
///
/// # Errors
/// When the server's process is gone.
pub(super) async fn watch(
    server: SocketAddr,
    process: ProcessId,
    is_over: &CancellationToken,
) -> anyhow::Result<Seen> {
    let client = Client::builder()
        .pool_max_idle_per_host(0)
        .no_proxy()
        .timeout(PATIENCE)
        .build()?;
    let mut seen = Seen::default();
    let mut beat = interval(PAUSE);
    beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
    while is_over.run_until_cancelled(beat.tick()).await.is_some() {
        let asked = Instant::now();
        let answer = client.get(format!("http://{server}/health/live")).send().await;
        seen.slowest_health = seen.slowest_health.max(asked.elapsed());
        if !answer.is_ok_and(|answer| answer.status().is_success()) {
            seen.unhealthy += 1;
        }
        seen.peak_bytes = seen.peak_bytes.max(process.resident_bytes()?);
    }
    Ok(seen)
}

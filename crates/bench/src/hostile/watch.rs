//! Observation of the server during an attack: its health, memory and log, and the response times for a tenant who is
//! not involved.

use std::{
    net::{IpAddr, Ipv4Addr, SocketAddr},
    time::Duration,
};

use reqwest::{Client, RequestBuilder};
use tokio::{
    runtime,
    task::spawn_blocking,
    time::{Instant, MissedTickBehavior, interval},
};
use tokio_util::sync::CancellationToken;

use super::scene::Scene;
use crate::{process::ProcessId, target::Endpoint};

/// Interval of memory readings and of requests to `/health/live`.
const PAUSE: Duration = Duration::from_millis(100);
/// Interval of requests for a page, and to `/health`.
const LONG_PAUSE: Duration = Duration::from_millis(500);
/// Time limit of a request, and the time recorded for a request without a response.
const PATIENCE: Duration = Duration::from_secs(10);
/// Local address of the observer: the quotas of other addresses may be used up by attacks.
const FROM: Ipv4Addr = Ipv4Addr::new(127, 11, 0, 1);

/// Results of a repeated request.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Asked {
    pub(super) times: u32,
    /// Number of requests without a response, or with an error status.
    pub(super) failed: u32,
    /// Longest time to the last byte of a response, or to a failure.
    pub(super) slowest: Duration,
}

/// Observations during one attack.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Seen {
    pub(super) live: Asked,
    /// `/health`, which checks the stores.
    pub(super) health: Asked,
    /// A page of vehicles of another organisation.
    pub(super) neighbour: Asked,
    /// Maximum memory of the server, in bytes.
    pub(super) peak_bytes: u64,
    /// Growth of the server's log, in bytes.
    pub(super) logged_bytes: u64,
}

/// Repeats each request over new connections, and reads the server's memory, until `is_over` is cancelled. Runs on a
/// separate thread, so that delays caused by an attack that occupies this program's other threads are not attributed to
/// the server.
///
/// # Errors
/// Fails if the server's process has exited.
pub(super) async fn watch(scene: &Scene, is_over: &CancellationToken) -> anyhow::Result<Seen> {
    let logged_before = scene.target.logged_bytes()?;
    let (address, process, neighbour) = (scene.address, scene.process, scene.neighbour.clone());
    let ends = is_over.clone();
    // Without this, the thread would continue when the attack fails and this future is dropped.
    let _ends_with_this = is_over.clone().drop_guard();
    let watching = spawn_blocking(move || {
        let runtime = runtime::Builder::new_current_thread().enable_all().build()?;
        runtime.block_on(ask_all(address, process, &neighbour, &ends))
    });
    let seen = watching.await??;
    Ok(Seen {
        logged_bytes: scene.target.logged_bytes()? - logged_before,
        ..seen
    })
}

async fn ask_all(
    address: SocketAddr,
    process: ProcessId,
    neighbour: &Endpoint,
    is_over: &CancellationToken,
) -> anyhow::Result<Seen> {
    let client = Client::builder()
        .local_address(IpAddr::V4(FROM))
        .pool_max_idle_per_host(0)
        .no_proxy()
        .timeout(PATIENCE)
        .build()?;
    let get = |path: &str| client.get(format!("http://{address}{path}"));
    let page = || neighbour.get(&client, "/api/vehicles?first=20");
    let (live, health, neighbour, peak_bytes) = tokio::join!(
        ask(PAUSE, is_over, || get("/health/live")),
        ask(LONG_PAUSE, is_over, || get("/health")),
        ask(LONG_PAUSE, is_over, page),
        peak(process, is_over)
    );
    Ok(Seen {
        live,
        health,
        neighbour,
        peak_bytes: peak_bytes?,
        logged_bytes: 0,
    })
}

async fn ask(pause: Duration, is_over: &CancellationToken, request: impl Fn() -> RequestBuilder) -> Asked {
    let mut seen = Asked::default();
    let mut beat = interval(pause);
    beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
    while is_over.run_until_cancelled(beat.tick()).await.is_some() {
        let asked = Instant::now();
        let answer = async {
            let answer = request().send().await?.error_for_status()?;
            answer.bytes().await
        };
        seen.times += 1;
        seen.failed += u32::from(answer.await.is_err());
        seen.slowest = seen.slowest.max(asked.elapsed());
    }
    seen
}

async fn peak(process: ProcessId, is_over: &CancellationToken) -> anyhow::Result<u64> {
    let mut peak = 0;
    let mut beat = interval(PAUSE);
    while is_over.run_until_cancelled(beat.tick()).await.is_some() {
        peak = peak.max(process.resident_bytes()?);
    }
    Ok(peak)
}

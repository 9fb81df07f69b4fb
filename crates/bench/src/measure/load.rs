//! Deliveries under load: how many, how late, at which cost.

use std::{sync::Arc, time::Duration};

use anyhow::Context as _;
use tokio::time::{Instant, sleep};
use uuid::Uuid;

use crate::{
    clients::{Books, Clients, Tally, Window},
    process::{ProcessId, allow_sockets},
    publish_log::PublishLog,
    publisher::Publisher,
    target::Target,
    workload::Workload,
};

/// How long clients may take to get the last updates after the load has ended.
const PATIENCE: Duration = Duration::from_secs(15);
/// How much longer than an interval two updates may be apart that are merged: timers and threads are not exact.
const SLACK: Duration = Duration::from_millis(20);

/// How a load is measured.
#[derive(Debug, Clone, Copy)]
pub struct Timing {
    /// Load before anything is counted.
    pub warm_up: Duration,
    /// Load that is counted.
    pub measured: Duration,
    /// The interval at which the target is told to deliver.
    pub interval: Duration,
}

impl Timing {
    /// Books for a load of this length.
    pub(super) fn books(&self, workload: &Workload, ids: &[Uuid]) -> Books {
        let longest = self.warm_up + self.measured + PATIENCE * 2;
        Books {
            ids: ids.into(),
            log: Arc::new(PublishLog::new(
                workload.vehicles,
                workload.updates_per_vehicle(longest),
            )),
            window: Arc::new(Window::default()),
            same_interval: self.interval + SLACK,
        }
    }
}

/// What came of it.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// What the clients got.
    pub tally: Tally,
    /// How long was measured.
    pub measured: Duration,
    /// The target's CPU time, if its process is known.
    pub cpu: Option<Duration>,
    /// The target's memory at the end, in bytes.
    pub resident_bytes: Option<u64>,
    /// The CPU time of this tool, which is on the same machine.
    pub own_cpu: Duration,
    /// How late the publisher was at most.
    pub publisher_late: Duration,
    /// How long after the load the last socket had the newest of everything; none when it never had.
    pub caught_up: Option<Duration>,
}

impl Outcome {
    /// Delivered updates per second.
    #[must_use]
    pub fn deliveries_per_s(&self) -> f64 {
        self.tally.delivered as f64 / self.measured.as_secs_f64()
    }

    /// The target's CPU seconds per million deliveries.
    #[must_use]
    pub fn cpu_s_per_million(&self) -> Option<f64> {
        let deliveries = self.tally.delivered.max(1) as f64 / 1e6;
        self.cpu.map(|cpu| cpu.as_secs_f64() / deliveries)
    }
}

/// Puts a load on a target.
///
/// # Errors
/// When the target does not take it.
pub async fn load(
    target: &Target,
    workload: &Workload,
    ids: &[Uuid],
    timing: &Timing,
    threads: u32,
) -> anyhow::Result<Outcome> {
    allow_sockets(workload.clients)?;
    let books = timing.books(workload, ids);
    let clients = Clients::open(&target.endpoint, workload, &books, threads).await?;
    let publisher = Publisher::start(
        target.redis,
        Arc::clone(&books.ids),
        Arc::clone(&books.log),
        workload.rate_hz,
    )?;
    sleep(timing.warm_up).await;

    let cpu_before = cpu_of(target.process)?;
    let own_cpu_before = ProcessId::own().cpu_time()?;
    let began = Instant::now();
    books.window.begin();
    sleep(timing.measured).await;
    let publisher_late = publisher.stop()?;
    books.window.end();
    let measured = began.elapsed();

    let caught_up = wait_until_caught_up(&clients).await?;
    let cpu = cpu_before
        .zip(cpu_of(target.process)?)
        .map(|(before, after)| after - before);
    let own_cpu = ProcessId::own().cpu_time()? - own_cpu_before;
    let resident_bytes = target.process.map(ProcessId::resident_bytes).transpose()?;
    let tally = clients.finish().await.context("the clients")?;
    Ok(Outcome {
        tally,
        measured,
        cpu,
        resident_bytes,
        own_cpu,
        publisher_late,
        caught_up,
    })
}

fn cpu_of(process: Option<ProcessId>) -> anyhow::Result<Option<Duration>> {
    process.map(ProcessId::cpu_time).transpose()
}

async fn wait_until_caught_up(clients: &Clients) -> anyhow::Result<Option<Duration>> {
    let ended = Instant::now();
    while clients.behind().await? > 0 {
        if ended.elapsed() > PATIENCE {
            return Ok(None);
        }
        sleep(Duration::from_millis(10)).await;
    }
    Ok(Some(ended.elapsed()))
}

//! Deliveries under load: their number, latency and cost.

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

/// Time limit for clients to receive the last updates after the load has ended.
const PATIENCE: Duration = Duration::from_secs(15);
/// Tolerance on the interval within which two updates may be merged, because timers and threads are not exact.
const SLACK: Duration = Duration::from_millis(20);

/// Durations of a measurement.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Timing {
    /// Load before the measurement.
    pub warm_up: Duration,
    /// Load during the measurement.
    pub measured: Duration,
    /// Delivery interval, which the clients request from the server.
    pub interval: Duration,
}

impl Timing {
    /// Creates the shared accounting for a load of this duration.
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

/// Result of a measurement.
#[derive(Debug, Clone)]
pub(crate) struct Outcome {
    pub tally: Tally,
    /// Duration of the measurement.
    pub measured: Duration,
    /// CPU time of the target from the start of the measurement until the last delivery; `None` if its process is not
    /// known.
    pub cpu: Option<Duration>,
    /// The part of `cpu` within the measured time.
    pub cpu_in_time: Option<Duration>,
    /// Memory of the target at the end, in bytes; `None` if its process is not known.
    pub resident_bytes: Option<u64>,
    /// CPU time of this tool in the measured time, on the same machine.
    pub own_cpu: Duration,
    /// Maximum delay of the publisher.
    pub publisher_late: Duration,
    /// Total number of published updates, including those of the warm-up.
    pub published: u64,
    /// Time after the load until every socket had received the newest updates; `None` if that took too long.
    pub caught_up: Option<Duration>,
}

impl Outcome {
    /// Returns the delivered updates per second.
    #[must_use]
    pub(crate) fn deliveries_per_s(&self) -> f64 {
        self.tally.delivered as f64 / self.measured.as_secs_f64()
    }

    /// Returns the CPU utilisation of this tool during the measurement, as a percentage of one core.
    #[must_use]
    pub(crate) fn own_cpu_percent(&self) -> f64 {
        self.own_cpu.as_secs_f64() / self.measured.as_secs_f64() * 100.0
    }

    /// Returns the updates per second that were received in the measured time. For a target that does not keep up with
    /// the load, this is the rate that it can sustain, whereas [`Self::deliveries_per_s`] also counts updates received
    /// afterwards.
    #[must_use]
    pub(crate) fn arrivals_per_s(&self) -> f64 {
        self.tally.arrived as f64 / self.measured.as_secs_f64()
    }

    /// Returns the target's CPU seconds in the measured time per million updates that were received in it.
    #[must_use]
    pub(crate) fn cpu_s_per_million_arrivals(&self) -> Option<f64> {
        let arrivals = self.tally.arrived.max(1) as f64 / 1e6;
        self.cpu_in_time.map(|cpu| cpu.as_secs_f64() / arrivals)
    }

    /// Returns the target's CPU utilisation during the measurement, as a percentage of one core.
    #[must_use]
    pub(crate) fn cpu_percent(&self) -> Option<f64> {
        let measured = self.measured.as_secs_f64();
        self.cpu_in_time.map(|cpu| cpu.as_secs_f64() / measured * 100.0)
    }

    /// Returns the target's CPU seconds per million deliveries.
    #[must_use]
    pub(crate) fn cpu_s_per_million(&self) -> Option<f64> {
        let deliveries = self.tally.delivered.max(1) as f64 / 1e6;
        self.cpu.map(|cpu| cpu.as_secs_f64() / deliveries)
    }
}

/// Measures a target under load.
///
/// # Errors
/// Fails if the target refuses the load.
pub(crate) async fn load(
    target: &Target,
    workload: &Workload,
    ids: &[Uuid],
    timing: &Timing,
    threads: u32,
) -> anyhow::Result<Outcome> {
    let measured = async {
        sleep(timing.measured).await;
        Ok(())
    };
    let (outcome, ()) = load_during(target, workload, ids, timing, threads, measured).await?;
    Ok(outcome)
}

/// Measures a target under load for the time that `work` takes, which must not exceed `timing.measured`. Also returns
/// the result of `work`.
///
/// # Errors
/// Fails if the target refuses the load, or `work` fails.
pub(crate) async fn load_during<T>(
    target: &Target,
    workload: &Workload,
    ids: &[Uuid],
    timing: &Timing,
    threads: u32,
    work: impl Future<Output = anyhow::Result<T>>,
) -> anyhow::Result<(Outcome, T)> {
    allow_sockets(workload.clients)?;
    let books = timing.books(workload, ids);
    let endpoint = target.endpoint.with_interval(timing.interval);
    let clients = Clients::open(&endpoint, workload, &books, threads).await?;
    let publisher = Publisher::start(
        target.feed,
        Arc::clone(&books.ids),
        Arc::clone(&books.log),
        workload,
    )?;
    sleep(timing.warm_up).await;

    let cpu_before = cpu_of(target.process)?;
    let own_cpu_before = ProcessId::own().cpu_time()?;
    let began = Instant::now();
    books.window.begin();
    let result = work.await?;
    let published = publisher.stop()?;
    books.window.end();
    let measured = began.elapsed();
    let cpu_at_end = cpu_of(target.process)?;
    let own_cpu = ProcessId::own().cpu_time()? - own_cpu_before;

    let caught_up = wait_until_caught_up(&clients).await?;
    let cpu_since_start = |now: Option<Duration>| {
        cpu_before
            .zip(now)
            .map(|(before, now)| now.saturating_sub(before))
    };
    let cpu = cpu_since_start(cpu_of(target.process)?);
    let cpu_in_time = cpu_since_start(cpu_at_end);
    let resident_bytes = target.process.map(ProcessId::tree_resident_bytes).transpose()?;
    let tally = clients.finish().await.context("the clients")?;
    let outcome = Outcome {
        tally,
        measured,
        cpu,
        cpu_in_time,
        resident_bytes,
        own_cpu,
        publisher_late: published.late,
        published: books.log.count(),
        caught_up,
    };
    Ok((outcome, result))
}

fn cpu_of(process: Option<ProcessId>) -> anyhow::Result<Option<Duration>> {
    process.map(ProcessId::tree_cpu_time).transpose()
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

//! CPU time of one thread of the target under load.

use std::{sync::Arc, time::Duration};

use anyhow::Context as _;
use tokio::time::{Instant, sleep};
use uuid::Uuid;

use super::Timing;
use crate::{
    clients::Clients, process::allow_sockets, publisher::Publisher, target::Target, workload::Workload,
};

/// Work of a thread under load.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ThreadLoad {
    /// Number of updates that were published in the measured time.
    pub updates: u64,
    pub measured: Duration,
    /// CPU time of the thread in the measured time.
    pub cpu: Duration,
}

impl ThreadLoad {
    #[must_use]
    pub(crate) fn updates_per_s(&self) -> f64 {
        self.updates as f64 / self.measured.as_secs_f64()
    }

    /// Returns the CPU time per update, in nanoseconds.
    #[must_use]
    pub(crate) fn ns_per_update(&self) -> f64 {
        self.cpu.as_secs_f64() * 1e9 / self.updates.max(1) as f64
    }
}

/// Measures the CPU time that the target's threads with the name `thread` use under load.
///
/// # Errors
/// Fails if the target refuses the load or has no such thread.
pub(crate) async fn thread_load(
    target: &Target,
    workload: &Workload,
    ids: &[Uuid],
    timing: &Timing,
    thread: &str,
) -> anyhow::Result<ThreadLoad> {
    let process = target.process.context("the target's process is unknown")?;
    allow_sockets(workload.clients)?;
    let books = timing.books(workload, ids);
    let endpoint = target.endpoint.with_interval(timing.interval);
    let clients = Clients::open(&endpoint, workload, &books, 1).await?;
    let publisher = Publisher::start(
        target.feed,
        Arc::clone(&books.ids),
        Arc::clone(&books.log),
        workload,
    )?;
    let published = || -> u64 {
        let newest = (0..workload.vehicles).map(|vehicle| books.log.newest(vehicle));
        newest.map(u64::from).sum()
    };
    sleep(timing.warm_up).await;

    let cpu_before = process.thread_cpu_time(thread)?;
    let (began, published_before) = (Instant::now(), published());
    sleep(timing.measured).await;
    let cpu = process.thread_cpu_time(thread)?.saturating_sub(cpu_before);
    let load = ThreadLoad {
        updates: published() - published_before,
        measured: began.elapsed(),
        cpu,
    };
    publisher.stop()?;
    clients.finish().await.context("the clients")?;
    Ok(load)
}

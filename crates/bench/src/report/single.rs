//! Individual measurements (a load, a load of many messages, idle sockets), each on new processes.

use super::table;
use crate::{
    measure::{self, Outcome, Timing},
    protocols::Settings,
    target::System,
    workload::Workload,
};

/// Number of vehicles to which idle sockets subscribe.
const IDLE_VEHICLES: u32 = 10;

/// Measures a system under one load. `settings` have an effect only on the server.
///
/// # Errors
/// Fails if the system does not start, refuses the load, or does not exit.
pub(crate) async fn run(
    system: &System,
    settings: Settings,
    workload: &Workload,
    timing: &Timing,
) -> anyhow::Result<Outcome> {
    eprintln!("{}: {} on {}", workload.name, workload.title(), system.name());
    let mut target = system.launch().await?;
    target.use_settings(settings);
    let ids = target.register(workload.vehicles).await?;
    let outcome = measure::load(&target, workload, &ids, timing, 1).await?;
    target.finish(&ids).await?;
    eprintln!("{}", table::summary(&outcome));
    Ok(outcome)
}

/// Measures the server under a load of many messages. Also returns the number of positions that it has accepted.
///
/// # Errors
/// Fails if the server does not start, refuses the load, or does not exit.
pub(super) async fn run_ingest(
    server: &System,
    workload: &Workload,
    timing: &Timing,
) -> anyhow::Result<(Outcome, u64)> {
    eprintln!("{}: {} on {}", workload.name, workload.title(), server.name());
    let target = server.launch().await?;
    let ids = target.register(workload.vehicles).await?;
    let outcome = measure::load(&target, workload, &ids, timing, 1).await?;
    let accepted = measure::accepted_positions(&target).await?;
    target.finish(&ids).await?;
    eprintln!("{}", table::summary(&outcome));
    eprintln!("  accepted    {accepted} of {}", outcome.published);
    Ok((outcome, accepted))
}

/// Measures a system's memory per idle socket, in bytes.
///
/// # Errors
/// Fails if the system does not start, refuses a socket, or does not exit.
pub(crate) async fn idle_memory(system: &System, sockets: u32) -> anyhow::Result<u64> {
    eprintln!("memory of {sockets} idle sockets on {}", system.name());
    let target = system.launch().await?;
    let ids = target.register(IDLE_VEHICLES).await?;
    let bytes = measure::memory_per_socket(&target, sockets, &ids).await?;
    target.finish(&ids).await?;
    Ok(bytes)
}

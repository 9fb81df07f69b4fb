//! Memory of idle sockets.

use std::time::Duration;

use anyhow::Context as _;
use tokio::time::sleep;
use uuid::Uuid;

use super::Timing;
use crate::{
    clients::Clients,
    process::allow_sockets,
    target::Target,
    workload::{Interest, Workload},
};

/// Time for memory use to settle.
const SETTLING: Duration = Duration::from_secs(2);

/// Returns the target's memory per open socket, in bytes; each is subscribed to a silent vehicle.
///
/// # Errors
/// Fails if the target refuses a socket, or its process is not known.
pub(crate) async fn memory_per_socket(target: &Target, sockets: u32, ids: &[Uuid]) -> anyhow::Result<u64> {
    let process = target.process.context("the target's process is unknown")?;
    allow_sockets(sockets)?;
    let vehicles = u32::try_from(ids.len())?;
    let workload = Workload {
        name: "idle",
        vehicles,
        rate_hz: 0.0,
        clients: sockets,
        interest: Interest::OneEach,
        array: 1,
    };
    let timing = Timing {
        warm_up: Duration::ZERO,
        measured: Duration::ZERO,
        interval: Duration::ZERO,
    };
    sleep(SETTLING).await;
    let before = process.tree_resident_bytes()?;
    let clients = Clients::open(&target.endpoint, &workload, &timing.books(&workload, ids), 1).await?;
    sleep(SETTLING).await;
    let after = process.tree_resident_bytes()?;
    clients.finish().await?;
    Ok(after.saturating_sub(before) / u64::from(sockets))
}

//! The live keys that a server writes.

use std::time::{Duration, Instant};

use tokio::{task::spawn_blocking, time::sleep};

use super::redis_info::time_in;
use crate::{
    measure::{self, Timing},
    target::{ServerOptions, System},
    workload::{Interest, Workload},
};

/// Load in which each vehicle publishes once per `LIVE__SYNC_INTERVAL_MS`, so that each update is written.
const LOAD: Workload = Workload {
    name: "live keys",
    vehicles: 2_000,
    rate_hz: 1.0,
    clients: 1,
    interest: Interest::All,
    array: 1,
};

/// Commands that write the keys of a vehicle. The time of a script includes the time of the commands in it.
const COMMANDS: &[&str] = &["eval", "evalsha", "geoadd"];

const TIMING: Timing = Timing {
    warm_up: Duration::from_secs(3),
    measured: Duration::from_secs(15),
    interval: Duration::from_millis(100),
};

/// Returns the time that Redis takes to write the keys of a vehicle once, in microseconds.
///
/// # Errors
/// Fails if the server refuses the load.
pub(super) async fn measure(options: &ServerOptions) -> anyhow::Result<f64> {
    let target = System::Server(options.clone()).launch().await?;
    let ids = target.register(LOAD.vehicles).await?;
    let redis = target.feed.address;
    let spent = async || spawn_blocking(move || time_in(redis, COMMANDS)).await?;
    let measured = async {
        let (began, before) = (Instant::now(), spent().await?);
        sleep(Duration::from_secs(10)).await;
        let us = spent().await?.saturating_sub(before) as f64;
        let writes = f64::from(LOAD.vehicles) * LOAD.rate_hz * began.elapsed().as_secs_f64();
        anyhow::Ok(us / writes)
    };
    let (_, key_write) = measure::load_during(&target, &LOAD, &ids, &TIMING, 1, measured).await?;
    target.finish(&[]).await?;
    Ok(key_write)
}

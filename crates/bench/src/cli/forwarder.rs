//! `fleetwatch-bench forwarder`: the bare forwarder.

use std::{path::PathBuf, time::Duration};

use clap::Args;

use crate::forwarder;

#[derive(Debug, Args)]
pub(super) struct ForwarderArguments {
    /// URL of the Redis to subscribe to
    #[arg(long)]
    redis: String,
    /// Interval between frames, in milliseconds
    #[arg(long, default_value_t = 100)]
    interval_ms: u64,
    /// File to write the port to, once the forwarder is listening
    #[arg(long)]
    port_file: PathBuf,
}

impl ForwarderArguments {
    pub(super) async fn run(&self) -> anyhow::Result<()> {
        let pause = Duration::from_millis(self.interval_ms.max(1));
        forwarder::run(&self.redis, pause, &self.port_file).await
    }
}

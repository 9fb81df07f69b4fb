//! Arguments that several commands share.

use std::{path::PathBuf, time::Duration};

use clap::{Args, ValueEnum};

use crate::{measure::Timing, target::ServerOptions, workload::Workload};

#[derive(Debug, Args)]
pub(super) struct TimingArguments {
    /// Duration of a measurement, in seconds
    #[arg(long, default_value_t = 15)]
    seconds: u64,
    /// Duration of the load before the measurement, in seconds
    #[arg(long, default_value_t = 3)]
    warm_up: u64,
    /// Delivery interval, in milliseconds; that of the forwarder is always 100
    #[arg(long, default_value_t = 100)]
    interval_ms: u64,
}

impl From<&TimingArguments> for Timing {
    fn from(arguments: &TimingArguments) -> Self {
        Self {
            warm_up: Duration::from_secs(arguments.warm_up),
            measured: Duration::from_secs(arguments.seconds),
            interval: Duration::from_millis(arguments.interval_ms),
        }
    }
}

#[derive(Debug, Args)]
pub(super) struct ServerArguments {
    /// The server's binary [default: the one in the directory of this program]
    #[arg(long, value_name = "FILE")]
    server: Option<PathBuf>,
    /// Store vehicles in the server's memory instead of a PostgreSQL database
    #[arg(long)]
    no_database: bool,
}

impl ServerArguments {
    pub(super) fn options(&self) -> anyhow::Result<ServerOptions> {
        let binary = self
            .server
            .clone()
            .map_or_else(ServerOptions::sibling_binary, |path| Ok(path.canonicalize()?))?;
        Ok(ServerOptions {
            binary,
            has_database: !self.no_database,
            open_files: None,
            is_limited: false,
            traces: None,
        })
    }
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(super) enum Against {
    /// A server that is started for the measurement, with its own Redis and database
    Server,
    /// The bare forwarder
    Forwarder,
}

/// Returns the load with a name.
pub(super) fn workload(name: &str) -> Result<Workload, String> {
    Workload::named(name).ok_or_else(|| "the loads are W1, W2, W3, W4, W5 and W5-arrays".to_owned())
}

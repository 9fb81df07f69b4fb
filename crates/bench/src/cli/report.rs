//! `fleetwatch-bench report`: every load on the server and on the bare forwarder.

use std::{path::PathBuf, time::Duration};

use clap::Args;

use super::options::{ServerArguments, TimingArguments};
use crate::report::{self, Report};

#[derive(Debug, Args)]
pub(super) struct ReportArguments {
    #[command(flatten)]
    server: ServerArguments,
    #[command(flatten)]
    timing: TimingArguments,
    /// Document to write the figures into, between its markers
    #[arg(long, value_name = "FILE", default_value = "docs/benchmarks.md")]
    out: PathBuf,
    /// Number of sockets opened to measure the memory per socket
    #[arg(long, default_value_t = 5_000)]
    idle_sockets: u32,
    /// Time for which a client stops reading, in seconds
    #[arg(long, default_value_t = 30)]
    stall_seconds: u64,
}

impl ReportArguments {
    pub(super) async fn run(&self) -> anyhow::Result<()> {
        let options = self.server.options()?;
        let stall = Duration::from_secs(self.stall_seconds);
        let report = Report::measure(options, &(&self.timing).into(), self.idle_sockets, stall).await?;
        report::write_into(&self.out, "figures", &report.to_string())?;
        eprintln!("written into {}", self.out.display());
        Ok(())
    }
}

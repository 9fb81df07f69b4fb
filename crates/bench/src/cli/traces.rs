//! `fleetwatch-bench traces`: the CPU time of tracing.

use std::path::PathBuf;

use clap::Args;

use super::options::{ServerArguments, TimingArguments};
use crate::{report, tracing_cost::TracingCostReport};

#[derive(Debug, Args)]
pub(super) struct TracesArguments {
    #[command(flatten)]
    server: ServerArguments,
    #[command(flatten)]
    timing: TimingArguments,
    /// Number of measurements of each kind
    #[arg(long, default_value_t = 6, value_parser = clap::value_parser!(u16).range(1..))]
    rounds: u16,
    /// Document to write the figures into, between its markers
    #[arg(long, value_name = "FILE", default_value = "docs/benchmarks.md")]
    out: PathBuf,
}

impl TracesArguments {
    pub(super) async fn run(&self) -> anyhow::Result<()> {
        let (options, timing) = (self.server.options()?, (&self.timing).into());
        let report = TracingCostReport::measure(&options, &timing, self.rounds.into()).await?;
        report::write_into(&self.out, "traces", &report.to_string())?;
        eprintln!("{report}\nwritten into {}", self.out.display());
        Ok(())
    }
}

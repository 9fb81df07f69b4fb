//! `fleetwatch-bench log-ins`: live delivery during password guessing.

use std::path::PathBuf;

use clap::Args;

use super::options::{ServerArguments, TimingArguments};
use crate::{log_ins::LogInReport, report};

#[derive(Debug, Args)]
pub(super) struct LogInArguments {
    #[command(flatten)]
    server: ServerArguments,
    #[command(flatten)]
    timing: TimingArguments,
    /// Number of password guesses, spread over the measured time
    #[arg(long, default_value_t = 10_000)]
    guesses: u32,
    /// Document to write the figures into, between its markers
    #[arg(long, value_name = "FILE", default_value = "docs/benchmarks.md")]
    out: PathBuf,
}

impl LogInArguments {
    pub(super) async fn run(&self) -> anyhow::Result<()> {
        let (options, timing) = (self.server.options()?, (&self.timing).into());
        let report = LogInReport::measure(&options, &timing, self.guesses).await?;
        report::write_into(&self.out, "log-ins", &report.to_string())?;
        eprintln!("written into {}", self.out.display());
        Ok(())
    }
}

//! `fleetwatch-bench scaling`: a model of the limits of larger machines.

use std::path::PathBuf;

use clap::Args;

use super::options::{ServerArguments, TimingArguments};
use crate::{report, scaling::ScalingReport};

#[derive(Debug, Args)]
pub(super) struct ScalingArguments {
    #[command(flatten)]
    server: ServerArguments,
    #[command(flatten)]
    timing: TimingArguments,
    /// Directory of the results of `cargo bench`
    #[arg(long, value_name = "DIRECTORY", default_value = "target/criterion")]
    criterion: PathBuf,
    /// Document to write the figures into, between its markers
    #[arg(long, value_name = "FILE", default_value = "docs/scaling.md")]
    out: PathBuf,
}

impl ScalingArguments {
    pub(super) async fn run(&self) -> anyhow::Result<()> {
        let (options, timing) = (self.server.options()?, (&self.timing).into());
        let report = ScalingReport::measure(options, &timing, &self.criterion).await?;
        report::write_into(&self.out, "scaling", &report.to_string())?;
        eprintln!("written into {}", self.out.display());
        Ok(())
    }
}

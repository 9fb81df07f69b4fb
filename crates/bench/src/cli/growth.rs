//! `fleetwatch-bench growth`: the CPU time under increasing loads.

use std::{fs, path::PathBuf};

use anyhow::{Context as _, ensure};
use clap::Args;

use super::options::{ServerArguments, TimingArguments};
use crate::{growth::GrowthReport, report};

#[derive(Debug, Args)]
pub(super) struct GrowthArguments {
    #[command(flatten)]
    server: ServerArguments,
    #[command(flatten)]
    timing: TimingArguments,
    /// Document to write the figures into, between its markers; the plot growth.svg is written into the same directory
    #[arg(long, value_name = "FILE", default_value = "docs/benchmarks.md")]
    out: PathBuf,
}

impl GrowthArguments {
    pub(super) async fn run(&self) -> anyhow::Result<()> {
        let report = GrowthReport::measure(self.server.options()?, &(&self.timing).into()).await?;
        let (plot, out) = (self.out.with_file_name("growth.svg"), &self.out);
        fs::write(&plot, report.plot()?).with_context(|| format!("cannot write {}", plot.display()))?;
        report::write_into(out, "growth", &report.to_string())?;
        eprintln!("{report}\nwritten into {} and {}", out.display(), plot.display());
        let too_steep = report.too_steep();
        ensure!(too_steep.is_empty(), "{}", too_steep.join("\n"));
        Ok(())
    }
}

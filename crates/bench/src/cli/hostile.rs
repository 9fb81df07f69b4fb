//! `fleetwatch-bench hostile`: attacks on a server under load.

use std::path::PathBuf;

use anyhow::ensure;
use clap::Args;

use super::options::{ServerArguments, TimingArguments};
use crate::{
    hostile::{self, HostileReport},
    report,
};

#[derive(Debug, Args)]
pub(super) struct HostileArguments {
    #[command(flatten)]
    server: ServerArguments,
    #[command(flatten)]
    timing: TimingArguments,
    /// Attack with a tenth of the force, check no times, and write no document: for builds without optimization
    #[arg(long)]
    short: bool,
    /// Document to write the figures into, between its markers
    #[arg(
        long,
        value_name = "FILE",
        default_value = "docs/benchmarks.md",
        conflicts_with = "short"
    )]
    out: PathBuf,
}

impl HostileArguments {
    pub(super) async fn run(&self) -> anyhow::Result<()> {
        let (options, timing) = (self.server.options()?, (&self.timing).into());
        let scale = if self.short {
            hostile::Scale::SHORT
        } else {
            hostile::Scale::FULL
        };
        let report = HostileReport::measure(&options, &timing, scale).await?;
        eprintln!("{report}");
        if !self.short {
            report::write_into(&self.out, "hostile", &report.to_string())?;
            eprintln!("written into {}", self.out.display());
        }
        let broken = report.broken_bounds();
        ensure!(
            broken.is_empty(),
            "these bounds are violated:\n{}",
            broken.join("\n")
        );
        Ok(())
    }
}

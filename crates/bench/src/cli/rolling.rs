//! `fleetwatch-bench rolling`: rolling restarts behind a load balancer.

use std::path::PathBuf;

use anyhow::ensure;
use clap::Args;

use super::options::ServerArguments;
use crate::{
    report,
    rolling::{self, RollingReport},
};

#[derive(Debug, Args)]
pub(super) struct RollingArguments {
    #[command(flatten)]
    server: ServerArguments,
    /// Run with a small load, and write nothing: for builds without optimization
    #[arg(long)]
    short: bool,
    /// Document to write the figures into, between its markers
    #[arg(
        long,
        value_name = "FILE",
        default_value = "docs/load-balancing.md",
        conflicts_with = "short"
    )]
    out: PathBuf,
}

impl RollingArguments {
    pub(super) async fn run(&self) -> anyhow::Result<()> {
        let scale = if self.short {
            rolling::Scale::SHORT
        } else {
            rolling::Scale::FULL
        };
        let report = RollingReport::measure(&self.server.options()?, scale).await?;
        eprintln!("{report}");
        if !self.short {
            report::write_into(&self.out, "rolling", &report.to_string())?;
            eprintln!("written into {}", self.out.display());
        }
        let broken = report.broken_rules();
        ensure!(
            broken.is_empty(),
            "these rules are broken:\n{}",
            broken.join("\n")
        );
        Ok(())
    }
}

//! `fleetwatch-bench capacity`: what a large fleet needs.

use std::path::PathBuf;

use clap::Args;

use super::options::ServerArguments;
use crate::{capacity::CapacityReport, report};

#[derive(Debug, Args)]
pub(super) struct CapacityArguments {
    #[command(flatten)]
    server: ServerArguments,
    /// Document to write the figures into, between its markers
    #[arg(long, value_name = "FILE", default_value = "docs/scaling.md")]
    out: PathBuf,
}

impl CapacityArguments {
    pub(super) async fn run(&self) -> anyhow::Result<()> {
        let report = CapacityReport::measure(&self.server.options()?).await?;
        report::write_into(&self.out, "capacity", &report.to_string())?;
        eprintln!("{report}\nwritten into {}", self.out.display());
        Ok(())
    }
}

//! `fleetwatch-bench registry`: pages of a large registry.

use std::path::PathBuf;

use clap::Args;

use super::options::ServerArguments;
use crate::{registry::RegistryReport, report};

#[derive(Debug, Args)]
pub(super) struct RegistryArguments {
    #[command(flatten)]
    server: ServerArguments,
    /// Document to write the figures into, between its markers
    #[arg(long, value_name = "FILE", default_value = "docs/benchmarks.md")]
    out: PathBuf,
}

impl RegistryArguments {
    pub(super) async fn run(&self) -> anyhow::Result<()> {
        let report = RegistryReport::measure(&self.server.options()?).await?;
        report::write_into(&self.out, "registry", &report.to_string())?;
        eprintln!("written into {}", self.out.display());
        Ok(())
    }
}

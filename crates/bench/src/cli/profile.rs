//! `fleetwatch-bench profile`: how the CPU time of the server is divided.

use std::{fs, path::PathBuf};

use anyhow::Context as _;
use clap::Args;

use super::options::{ServerArguments, TimingArguments, workload};
use crate::{profile::ProfileReport, report, workload::Workload};

#[derive(Debug, Args)]
pub(super) struct ProfileArguments {
    /// Names of the loads
    #[arg(value_parser = workload, default_values = ["W1", "W2", "W3", "W5"])]
    workloads: Vec<Workload>,
    #[command(flatten)]
    server: ServerArguments,
    #[command(flatten)]
    timing: TimingArguments,
    /// Document to write the figures into, between its markers; the flame graphs are written into the same directory
    #[arg(long, value_name = "FILE", default_value = "docs/benchmarks.md")]
    out: PathBuf,
}

impl ProfileArguments {
    pub(super) async fn run(&self) -> anyhow::Result<()> {
        let timing = (&self.timing).into();
        let mut reports = Vec::new();
        for workload in &self.workloads {
            let report = ProfileReport::measure(self.server.options()?, workload, &timing).await?;
            let plot = self.out.with_file_name(report.plot_name());
            fs::write(&plot, report.flame_graph())
                .with_context(|| format!("cannot write {}", plot.display()))?;
            eprintln!("{report}\nwritten into {}", plot.display());
            reports.push(report.to_string());
        }
        report::write_into(&self.out, "profile", &reports.join("\n\n"))
    }
}

//! `fleetwatch-bench soak`: sockets that are opened and closed for a long time.

use std::{fs, path::PathBuf, time::Duration};

use anyhow::{Context as _, ensure};
use clap::Args;

use super::options::ServerArguments;
use crate::{
    report,
    soak::{self, SoakReport},
};

#[derive(Debug, Args)]
pub(super) struct SoakArguments {
    #[command(flatten)]
    server: ServerArguments,
    /// Time in which sockets are opened and closed, in minutes
    #[arg(long, default_value_t = 30, value_parser = clap::value_parser!(u64).range(1..=1_440))]
    minutes: u64,
    /// Run for about ten seconds with a small load, do not check memory, and write nothing: for builds without
    /// optimization
    #[arg(long, conflicts_with = "minutes")]
    short: bool,
    /// Document to write the figures into, between its markers
    #[arg(
        long,
        value_name = "FILE",
        default_value = "docs/benchmarks.md",
        conflicts_with = "short"
    )]
    out: PathBuf,
    /// File name of the plot, which is written into the directory of the document
    #[arg(
        long,
        value_name = "NAME",
        default_value = "soak.svg",
        conflicts_with = "short"
    )]
    plot: String,
}

impl SoakArguments {
    pub(super) async fn run(&self) -> anyhow::Result<()> {
        let options = self.server.options()?;
        let scale = if self.short {
            soak::Scale::SHORT
        } else {
            soak::Scale::full(Duration::from_secs(self.minutes * 60))
        };
        let report = SoakReport::measure(&options, scale).await?;
        eprintln!("{report}");
        if !self.short {
            let plot = self.out.with_file_name(&self.plot);
            fs::write(&plot, report.plot()?).with_context(|| format!("cannot write {}", plot.display()))?;
            let figures = format!(
                "{report}\n![Memory, connections and descriptors of the server over time]({})",
                self.plot
            );
            report::write_into(&self.out, "soak", &figures)?;
            eprintln!("written into {} and {}", self.out.display(), plot.display());
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

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use crate::cli::Cli;

    #[test]
    fn a_short_soak_has_its_own_duration_and_writes_nothing() {
        let parse = |more: &[&str]| Cli::try_parse_from(["bench", "soak"].iter().chain(more)).is_ok();
        assert!(parse(&[]));
        assert!(parse(&["--minutes", "90", "--plot", "long.svg"]));
        assert!(parse(&["--short"]));
        assert!(!parse(&["--short", "--minutes", "1"]));
        assert!(!parse(&["--short", "--plot", "short.svg"]));
        assert!(!parse(&["--minutes", "0"]));
    }
}

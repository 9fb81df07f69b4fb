//! Profiles of the server under a load: how its CPU time is divided, as a table and a flame graph.
//!
//! * [`recording`]: samples of call stacks by `perf record`.
//! * [`stack`]: the stacks in the output of `perf script`.
//! * [`parts`]: the parts of the work to which stacks belong.
//! * [`flame`]: the flame graph.

mod flame;
mod parts;
mod recording;
mod stack;

use std::fmt;

use anyhow::{Context as _, ensure};
use time::OffsetDateTime;

use self::stack::Stack;
use crate::{
    measure::{self, Outcome, Timing},
    report::{DAY, Machine},
    target::{ServerOptions, System},
    workload::Workload,
};

/// Minimum number of samples. With fewer, a share of 1 % would be a matter of chance.
const LEAST_SAMPLES: usize = 500;

#[derive(Debug, Clone)]
pub(crate) struct ProfileReport {
    machine: Machine,
    day: String,
    workload: Workload,
    timing: Timing,
    outcome: Outcome,
    stacks: Vec<Stack>,
}

impl ProfileReport {
    /// Measures a load on a new server, and records the call stacks of the server meanwhile.
    ///
    /// # Errors
    /// Fails if `perf` is not installed or not permitted to record, or the load can't be measured.
    pub(crate) async fn measure(
        options: ServerOptions,
        workload: &Workload,
        timing: &Timing,
    ) -> anyhow::Result<Self> {
        let target = System::Server(options).launch().await?;
        let process = target.process.context("the server was started here")?;
        let ids = target.register(workload.vehicles).await?;
        let samples = recording::record(process, timing.measured);
        let recorded = measure::load_during(&target, workload, &ids, timing, 1, samples).await;
        target.finish(&ids).await?;
        let (outcome, recording) = recorded?;
        let stacks = stack::parse(&recording.script().await?);
        ensure!(
            stacks.len() >= LEAST_SAMPLES,
            "only {} samples were recorded; measure for longer",
            stacks.len()
        );
        Ok(Self {
            machine: Machine::this(),
            day: OffsetDateTime::now_utc().format(DAY)?,
            workload: *workload,
            timing: *timing,
            outcome,
            stacks,
        })
    }

    /// Returns the file name of the flame graph, to which the report refers.
    #[must_use]
    pub(crate) fn plot_name(&self) -> String {
        format!("flame-{}.svg", self.workload.name.to_lowercase())
    }

    /// Draws the flame graph as SVG.
    #[must_use]
    pub(crate) fn flame_graph(&self) -> String {
        let title = format!("{}: CPU time of the server by call stack", self.workload.title());
        flame::to_svg(&title, &self.stacks)
    }
}

impl fmt::Display for ProfileReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (day, seconds) = (&self.day, self.timing.measured.as_secs());
        writeln!(
            f,
            "**{}**: {}. Measured on {day} for {seconds} s, with {} samples. \
             The server used {:.0} % of a core, or {:.2} CPU seconds per million deliveries.\n",
            self.workload.name,
            self.workload.title(),
            self.stacks.len(),
            self.outcome.cpu_percent().unwrap_or_default(),
            self.outcome.cpu_s_per_million().unwrap_or_default(),
        )?;
        writeln!(f, "- Machine: {}", self.machine.hardware)?;
        writeln!(f, "- Command: `just bench-profile`\n")?;
        writeln!(f, "| work | CPU time |\n|---|--:|")?;
        for (part, share) in parts::shares(&self.stacks) {
            writeln!(f, "| {part} | {:.0} % |", share * 100.0)?;
        }
        let name = self.workload.name;
        write!(f, "\n![Flame graph of {name}]({})", self.plot_name())
    }
}

//! Report on the model's limits, with measurements of a running server for comparison.

use std::{fmt, path::Path};

use time::OffsetDateTime;

use super::{costs::Costs, estimates::Estimates, table};
use crate::{
    measure::{ThreadLoad, Timing, thread_load},
    report::{DAY, Machine, grouped},
    target::{ServerOptions, System},
    workload::{Interest, Workload},
};

/// Name of the thread that receives, decodes, applies and serves.
const THREAD: &str = "live";

/// Publishing rates of the vehicles, in the order of the measurements.
const RATES_HZ: [f64; 3] = [1.0, 5.0, 10.0];

const LOAD: Workload = Workload {
    name: "live thread",
    vehicles: 1_000,
    rate_hz: RATES_HZ[0],
    clients: 1,
    interest: Interest::All,
    array: 1,
};

#[derive(Debug, Clone)]
pub(crate) struct ScalingReport {
    machine: Machine,
    day: String,
    timing: Timing,
    costs: Costs,
    loads: Vec<ThreadLoad>,
}

impl ScalingReport {
    /// Reads the results of `cargo bench`, and measures the thread of a running server under load.
    ///
    /// # Errors
    /// Fails if a result is missing, or the server can't be measured.
    pub(crate) async fn measure(
        options: ServerOptions,
        timing: &Timing,
        criterion: &Path,
    ) -> anyhow::Result<Self> {
        let costs = Costs::of(&Estimates::read(criterion)?)?;
        let server = System::Server(options);
        let mut loads = Vec::new();
        for rate_hz in RATES_HZ {
            let load = Workload { rate_hz, ..LOAD };
            eprintln!("{}: {}", load.name, load.title());
            let target = server.launch().await?;
            let ids = target.register(load.vehicles).await?;
            loads.push(thread_load(&target, &load, &ids, timing, THREAD).await?);
            target.finish(&ids).await?;
        }
        Ok(Self {
            machine: Machine::this(),
            day: OffsetDateTime::now_utc().format(DAY)?,
            timing: *timing,
            costs,
            loads,
        })
    }
}

impl fmt::Display for ScalingReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            machine,
            day,
            timing,
            costs,
            loads,
        } = self;
        writeln!(f, "Measured on {day}.\n")?;
        writeln!(f, "- Machine: {}", machine.hardware)?;
        writeln!(f, "- Software: {}", machine.software)?;
        writeln!(f, "- Command: `just bench-scaling`\n")?;
        writeln!(f, "### Costs\n\n{}", table::costs(costs))?;
        writeln!(
            f,
            "### Limits of one lock and one thread\n\n{}",
            table::limits(costs)
        )?;
        writeln!(f, "### Limits by cores\n\n{}", table::cores(costs))?;
        writeln!(
            f,
            "### A million updates per second, and 10,000 rooms\n\n{}",
            table::targets(costs)
        )?;
        writeln!(
            f,
            "### The live thread of a running server\n\n\
             {} vehicles, and one client that is subscribed to all of them. Each load was measured for {} s.\n\n{}",
            grouped(LOAD.vehicles.into()),
            timing.measured.as_secs(),
            table::thread(costs, loads)
        )?;
        writeln!(f, "### Waiting for the lock\n\n{}", table::waits(costs))?;
        write!(f, "{}", table::beside(costs))
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{super::costs::samples, *};

    #[test]
    fn every_table_has_as_many_cells_in_each_row_as_in_its_head() {
        let report = ScalingReport {
            machine: Machine {
                hardware: "a machine".to_owned(),
                software: "its software".to_owned(),
            },
            day: "2026-01-01".to_owned(),
            timing: Timing {
                warm_up: Duration::ZERO,
                measured: Duration::from_secs(10),
                interval: Duration::ZERO,
            },
            costs: samples::costs(),
            loads: vec![ThreadLoad {
                updates: 10_000,
                measured: Duration::from_secs(10),
                cpu: Duration::from_millis(100),
            }],
        };
        let text = report.to_string();
        let (mut head, mut tables) = (None, 0);
        for line in text.lines() {
            let bars = line.matches('|').count();
            match head {
                _ if bars == 0 => head = None,
                None => {
                    (head, tables) = (Some(bars), tables + 1);
                }
                Some(of_head) => assert_eq!(bars, of_head, "{line}"),
            }
        }
        assert_eq!(tables, 7, "{text}");
        assert!(
            text.contains("| 1,000 | 0.010 | 10.00 | 1.80 to 1.50 | 100,000 |"),
            "{text}"
        );
    }
}

//! Measurement of all loads.

use std::{fmt, time::Duration};

use time::{OffsetDateTime, format_description::BorrowedFormatItem, macros::format_description};

use super::{
    figures::{Comparison, IdleMemory},
    machine::Machine,
    single::{idle_memory, run},
    table,
};
use crate::{
    measure::{self, Stall, Timing},
    target::{ServerOptions, System},
    workload::{Interest, WORKLOADS, Workload},
};

/// Format of the date in reports.
pub(crate) const DAY: &[BorrowedFormatItem<'_>] = format_description!("[year]-[month]-[day]");

/// Load during which one client stops reading: many vehicles, few clients.
const STALL_LOAD: Workload = Workload {
    name: "stall",
    vehicles: 100,
    rate_hz: 10.0,
    clients: 10,
    interest: Interest::All,
};

#[derive(Debug, Clone)]
pub(crate) struct Report {
    machine: Machine,
    day: String,
    timing: Timing,
    comparisons: Vec<Comparison>,
    idle: IdleMemory,
    stall: Stall,
}

impl Report {
    /// Measures everything sequentially, each load on new processes.
    ///
    /// # Errors
    /// If something can't be measured.
    pub(crate) async fn measure(
        options: ServerOptions,
        timing: &Timing,
        idle_sockets: u32,
        stall: Duration,
    ) -> anyhow::Result<Self> {
        let server = System::Server(options);
        let mut comparisons = Vec::new();
        for workload in WORKLOADS {
            let forwarder = run(&System::Forwarder, &workload, timing).await?;
            let server = run(&server, &workload, timing).await?;
            comparisons.push(Comparison {
                workload,
                forwarder,
                server,
            });
        }
        let idle = IdleMemory {
            sockets: idle_sockets,
            forwarder: idle_memory(&System::Forwarder, idle_sockets).await?,
            server: idle_memory(&server, idle_sockets).await?,
        };
        let stall = run_stall(
            &server,
            &Timing {
                measured: stall,
                ..*timing
            },
        )
        .await?;
        let day = OffsetDateTime::now_utc().format(DAY)?;
        Ok(Self {
            machine: Machine::this(),
            day,
            timing: *timing,
            comparisons,
            idle,
            stall,
        })
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            machine,
            day,
            timing,
            comparisons,
            idle,
            stall,
        } = self;
        writeln!(
            f,
            "Measured on {day}, each load for {} s.\n",
            timing.measured.as_secs()
        )?;
        writeln!(
            f,
            "- Machine: {} (shared with the load generator and Redis)",
            machine.hardware
        )?;
        writeln!(f, "- Software: {}", machine.software)?;
        writeln!(f, "- Command: `just bench`\n")?;
        writeln!(f, "{}", table::comparisons(comparisons))?;
        writeln!(f, "{}", table::idle(idle))?;
        write!(f, "{}", table::stall(stall, &STALL_LOAD))
    }
}

async fn run_stall(system: &System, timing: &Timing) -> anyhow::Result<Stall> {
    eprintln!(
        "a client that does not read for {} s on {}",
        timing.measured.as_secs(),
        system.name()
    );
    let target = system.launch().await?;
    let ids = target.register(STALL_LOAD.vehicles).await?;
    let stall = measure::stall(&target, &STALL_LOAD, &ids, timing).await?;
    target.finish(&ids).await?;
    Ok(stall)
}

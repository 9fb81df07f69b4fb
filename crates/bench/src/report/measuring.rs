//! Measurement of the loads W1 to W5 on the server and the forwarder, and the report of the results.

use std::{fmt, time::Duration};

use time::{OffsetDateTime, format_description::BorrowedFormatItem, macros::format_description};

use super::{
    figures::{AtOnce, Comparison, IdleMemory, Ingest, Variant},
    machine::Machine,
    single::{idle_memory, run, run_ingest},
    table,
};
use crate::{
    measure::{self, Stall, Timing, UpdateSize},
    protocols::Settings,
    target::{ServerOptions, System},
    workload::{INGEST, Interest, WORKLOADS, Workload},
};

/// Format of the date in reports.
pub(crate) const DAY: &[BorrowedFormatItem<'_>] = format_description!("[year]-[month]-[day]");

/// Load during which one client stops reading: more vehicles than clients, so its backlog is large.
const STALL_LOAD: Workload = Workload {
    name: "stall",
    vehicles: 100,
    rate_hz: 10.0,
    clients: 10,
    interest: Interest::All,
    array: 1,
};

#[derive(Debug, Clone)]
pub(crate) struct Report {
    machine: Machine,
    day: String,
    timing: Timing,
    comparisons: Vec<Comparison>,
    at_once: AtOnce,
    ingest: Vec<Ingest>,
    sizes: Vec<UpdateSize>,
    idle: IdleMemory,
    stall: Stall,
}

impl Report {
    /// Measures everything sequentially, each load on new processes.
    ///
    /// # Errors
    /// Fails if something can't be measured.
    pub(crate) async fn measure(
        options: ServerOptions,
        timing: &Timing,
        idle_sockets: u32,
        stall: Duration,
    ) -> anyhow::Result<Self> {
        let server = System::Server(options.clone());
        let mut comparisons = Vec::new();
        for workload in WORKLOADS {
            comparisons.push(compare(&server, workload, timing).await?);
        }
        let at_once = run_at_once(&server, WORKLOADS[0], timing).await?;
        let mut ingest = Vec::new();
        for workload in INGEST {
            ingest.push(take_in(&server, workload, timing).await?);
        }
        // The simulation registers its vehicles in the database.
        let sizes = if options.has_database {
            measure::update_sizes(&options).await?
        } else {
            Vec::new()
        };
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
            at_once,
            ingest,
            sizes,
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
            at_once,
            ingest,
            sizes,
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
        writeln!(f, "{}", table::comparisons(comparisons, at_once))?;
        writeln!(f, "{}", table::ingest(ingest))?;
        if !sizes.is_empty() {
            writeln!(f, "{}", table::sizes(sizes))?;
        }
        writeln!(f, "{}", table::idle(idle))?;
        write!(f, "{}", table::stall(stall, &STALL_LOAD))
    }
}

async fn compare(server: &System, workload: Workload, timing: &Timing) -> anyhow::Result<Comparison> {
    let forwarder = run(&System::Forwarder, Settings::default(), &workload, timing).await?;
    let mut outcomes = Vec::new();
    for variant in Variant::of(&workload) {
        eprintln!("{}", variant.name);
        outcomes.push((*variant, run(server, variant.settings, &workload, timing).await?));
    }
    Ok(Comparison {
        workload,
        forwarder,
        server: outcomes,
    })
}

async fn take_in(server: &System, workload: Workload, timing: &Timing) -> anyhow::Result<Ingest> {
    let forwarder = match workload.array {
        1 => Some(run(&System::Forwarder, Settings::default(), &workload, timing).await?),
        _ => None,
    };
    let (server, accepted) = run_ingest(server, &workload, timing).await?;
    Ok(Ingest {
        workload,
        forwarder,
        server,
        accepted,
    })
}

async fn run_at_once(server: &System, workload: Workload, timing: &Timing) -> anyhow::Result<AtOnce> {
    let timing = Timing {
        interval: Duration::ZERO,
        ..*timing
    };
    eprintln!("interval 0");
    Ok(AtOnce {
        workload,
        server: run(server, Settings::default(), &workload, &timing).await?,
    })
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

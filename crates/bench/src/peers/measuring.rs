//! Measurement of the loads on fleetwatch and on every installed peer, and the report of the results.

use std::fmt;

use time::OffsetDateTime;

use super::{figures::Measured, table};
use crate::{
    measure::Timing,
    protocols::Settings,
    report::{DAY, Machine, idle_memory, run},
    target::{Installation, Peer, ServerOptions, System},
    workload::{WORKLOADS, Workload},
};

/// Loads under which peers are measured. W4 measures decoding, which peers do not do.
const LOADS: [Workload; 3] = [WORKLOADS[0], WORKLOADS[1], WORKLOADS[2]];

#[derive(Debug, Clone)]
pub(crate) struct PeerReport {
    machine: Machine,
    day: String,
    timing: Timing,
    idle_sockets: u32,
    systems: Vec<Measured>,
    /// Names of peers that are not installed, with the reasons.
    missing: Vec<(&'static str, String)>,
}

impl PeerReport {
    /// Measures the server, if there are options for it, and the peers that are installed, each load on new processes.
    /// A failure of one load is part of the figures, because not every system is made for every load.
    ///
    /// # Errors
    /// Fails if the date can't be formatted.
    pub(crate) async fn measure(
        server: Option<ServerOptions>,
        installation: &Installation,
        peers: &[Peer],
        timing: &Timing,
        idle_sockets: u32,
    ) -> anyhow::Result<Self> {
        let (mut systems, mut missing) = (Vec::new(), Vec::new());
        if let Some(options) = server {
            let versions = concat!("fleetwatch ", env!("CARGO_PKG_VERSION")).to_owned();
            systems.push(measure(&System::Server(options), versions, timing, idle_sockets).await);
        }
        for peer in peers {
            match installation.versions(*peer) {
                Ok(versions) => {
                    let system = System::Peer(*peer, installation.clone());
                    systems.push(measure(&system, versions, timing, idle_sockets).await);
                }
                Err(reason) => {
                    eprintln!("{} is left out: {reason}", peer.title());
                    missing.push((peer.title(), reason));
                }
            }
        }
        Ok(Self {
            machine: Machine::this(),
            day: OffsetDateTime::now_utc().format(DAY)?,
            timing: *timing,
            idle_sockets,
            systems,
            missing,
        })
    }
}

async fn measure(system: &System, versions: String, timing: &Timing, idle_sockets: u32) -> Measured {
    let mut loads = Vec::new();
    for workload in LOADS {
        loads.push((
            workload,
            or_reason(run(system, Settings::default(), &workload, timing).await),
        ));
    }
    Measured {
        name: system.name(),
        versions,
        loads,
        idle_bytes: or_reason(idle_memory(system, idle_sockets).await),
    }
}

fn or_reason<T>(outcome: anyhow::Result<T>) -> Result<T, String> {
    outcome.map_err(|error| {
        let reason = format!("{error:#}");
        eprintln!("  failed: {reason}");
        reason
    })
}

impl fmt::Display for PeerReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            machine,
            day,
            timing,
            idle_sockets,
            systems,
            missing,
        } = self;
        let seconds = timing.measured.as_secs();
        let versions: Vec<_> = systems.iter().map(|system| &*system.versions).collect();
        writeln!(f, "Measured on {day}, each load for {seconds} s.\n")?;
        writeln!(
            f,
            "- Machine: {} (shared with the load generator and Redis)",
            machine.hardware
        )?;
        writeln!(f, "- Software: {}", machine.software)?;
        writeln!(f, "- Systems: {}", versions.join("; "))?;
        for (name, reason) in missing {
            writeln!(f, "- {name} was left out: {reason}")?;
        }
        writeln!(f, "- Command: `just bench-peers`\n")?;
        writeln!(f, "{}", table::loads(&LOADS, systems))?;
        write!(f, "{}", table::idle(*idle_sockets, systems))
    }
}

//! Costs that determine how many servers and stores a large fleet needs, in addition to the loads of the report: what
//! Redis does for each server, and what a client costs when it connects.
//!
//! * `fan_out`: messages that Redis delivers; `keys`: live keys that it writes; `redis_info`: figures of Redis itself.
//! * `connecting`: handshakes, and refreshes of sessions.
//! * `costs`: the measured costs; `fleet`: the arithmetic; `table`: both, as a section of a document.

mod connecting;
mod costs;
mod fan_out;
mod fleet;
mod keys;
mod redis_info;
mod table;

use std::fmt;

use time::OffsetDateTime;
use tokio::task::spawn_blocking;

use crate::{
    report::{DAY, Machine},
    target::ServerOptions,
};

use costs::Costs;

/// Numbers of servers that subscribe.
const SUBSCRIBERS: [u32; 3] = [1, 4, 16];

#[derive(Debug, Clone)]
pub(crate) struct CapacityReport {
    machine: Machine,
    day: String,
    costs: Costs,
}

impl CapacityReport {
    /// Measures all costs, with stores and a server that it starts.
    ///
    /// # Errors
    /// Fails if a program does not start, or refuses a measured operation.
    pub(crate) async fn measure(options: &ServerOptions) -> anyhow::Result<Self> {
        let mut fan_outs = Vec::new();
        for subscribers in SUBSCRIBERS {
            eprintln!("Redis with {subscribers} subscribers");
            fan_outs.push(spawn_blocking(move || fan_out::measure(subscribers)).await??);
        }
        eprintln!("live keys");
        let key_write = keys::measure(options).await?;
        eprintln!("handshakes and sessions");
        let connecting = connecting::measure(options).await?;
        Ok(Self {
            machine: Machine::this(),
            day: OffsetDateTime::now_utc().format(DAY)?,
            costs: Costs {
                fan_outs,
                key_write,
                connecting,
            },
        })
    }
}

impl fmt::Display for CapacityReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { machine, day, costs } = self;
        writeln!(f, "Measured on {day}.\n")?;
        writeln!(f, "- Machine: {}", machine.hardware)?;
        writeln!(f, "- Software: {}", machine.software)?;
        writeln!(f, "- Command: `just bench-capacity`\n")?;
        writeln!(f, "{}", table::costs(costs))?;
        write!(f, "{}", table::fleet(costs))
    }
}

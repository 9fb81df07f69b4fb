//! Load tests of a running system.
//!
//! * [`workload`]: the loads.
//! * [`publisher`], [`publish_log`]: vehicles that publish, and their publication times.
//! * [`clients`]: many sockets on few threads, and the accounting of every update.
//! * [`target`]: the system under measurement: the server, the bare [`forwarder`] as the baseline, or another live
//!   server, a peer; [`protocols`]: how vehicles and clients communicate with it.
//! * [`registry`]: pages of a large registry, compared with plain SQL.
//! * [`log_ins`]: live delivery during password guessing.
//! * [`hostile`]: attacks on a server under load.
//! * [`soak`]: a server under load for a long time, while sockets are opened and closed.
//! * [`rolling`]: rolling restarts of servers behind a load balancer.
//! * [`peers`]: the loads on other live servers.
//! * [`growth`]: the CPU time under increasing loads; [`scaling`]: a model of the limits of larger machines.
//! * [`capacity`]: further costs that determine how many servers and stores a large fleet needs.
//! * [`tracing_cost`]: the CPU time of traces, which the server exports to a [`trace_sink`].
//! * [`profile`]: how the CPU time of the server is divided under a load.
//! * [`measure`]: one measurement of one target; [`report`]: the measurements of `just bench` in a document; [`plot`]:
//!   plots.

mod capacity;
mod cli;
mod clients;
mod clock;
mod forwarder;
mod growth;
mod hostile;
mod log_ins;
mod measure;
mod metrics_page;
mod peers;
mod plot;
mod process;
mod profile;
mod protocols;
mod publish_log;
mod publisher;
mod registry;
mod report;
mod rolling;
mod scaling;
mod soak;
mod splitter;
mod target;
mod trace_sink;
mod tracing_cost;
mod websocket;
mod workload;

use std::process::ExitCode;

use clap::Parser as _;

#[tokio::main]
async fn main() -> ExitCode {
    match cli::Cli::parse().run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

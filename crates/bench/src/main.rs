//! Load on a running system, and what came of it.
//!
//! * [`workload`]: which load.
//! * [`publisher`], [`publish_log`]: robots that publish to Redis, and when they did.
//! * [`clients`]: many sockets on few threads, and the books on what each of them got.
//! * [`target`]: the system that is measured: the server, or the bare [`forwarder`] that is its yardstick.
//! * [`registry`]: pages of a large registry, beside plain SQL.
//! * [`log_ins`]: live delivery while somebody guesses passwords.
//! * [`hostile`]: attacks beside a load that has to go on.
//! * [`measure`]: one measurement of one target; [`report`]: all of them as a document.

mod cli;
mod clients;
mod clock;
mod forwarder;
mod hostile;
mod log_ins;
mod measure;
mod process;
mod publish_log;
mod publisher;
mod registry;
mod report;
mod target;
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

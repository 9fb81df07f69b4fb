//! The command line of the load tool. Each command has a file with its arguments and the steps that it runs; `options`
//! has the arguments that several commands share.

mod capacity;
mod forwarder;
mod growth;
mod hostile;
mod idle;
mod log_ins;
mod options;
mod peers;
mod profile;
mod registry;
mod report;
mod rolling;
mod run;
mod scaling;
mod soak;
mod traces;

use anyhow::bail;
use clap::{Parser, Subcommand};
use tokio::signal::unix::{SignalKind, signal};

use self::{
    capacity::CapacityArguments, forwarder::ForwarderArguments, growth::GrowthArguments,
    hostile::HostileArguments, idle::IdleArguments, log_ins::LogInArguments, peers::PeerArguments,
    profile::ProfileArguments, registry::RegistryArguments, report::ReportArguments,
    rolling::RollingArguments, run::RunArguments, scaling::ScalingArguments, soak::SoakArguments,
    traces::TracesArguments,
};

/// Runs load tests against fleetwatch and reports the results
#[derive(Debug, Parser)]
#[command(name = "fleetwatch-bench", version)]
pub(crate) struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Measure every load on the server and on the bare forwarder, and write the figures into a document
    Report(ReportArguments),
    /// Measure pages of a registry of 100,000 vehicles and of plain SQL, and write the figures into a document
    Registry(RegistryArguments),
    /// Measure live delivery during password guessing, and write the figures into a document
    LogIns(LogInArguments),
    /// Measure the loads on other live servers, and write the figures into a document
    Peers(PeerArguments),
    /// Measure the CPU time under increasing loads, write the figures and a plot into a document, and fail if it grows
    /// faster than the number of deliveries
    Growth(GrowthArguments),
    /// Model the limits of the live core on larger machines from the results of `cargo bench`, and write them into a
    /// document
    Scaling(ScalingArguments),
    /// Measure what Redis does for each server and what clients cost when they connect, and write the costs and what a
    /// large fleet needs into a document
    Capacity(CapacityArguments),
    /// Measure the CPU time under W1 without tracing, with 1 % of the messages traced and with all of them traced, and
    /// write the figures into a document
    Traces(TracesArguments),
    /// Sample the call stacks of the server under loads, and write the shares of its parts into a document and the
    /// stacks as flame graphs beside it. Needs `perf`, and a server that was built with frame pointers
    Profile(ProfileArguments),
    /// Attack a server under load in every known way, write the figures into a document, and fail if a bound is
    /// violated
    Hostile(HostileArguments),
    /// Open and close sockets under load for a long time, write the figures into a document, and fail if the server
    /// keeps resources of closed sockets
    Soak(SoakArguments),
    /// Restart servers behind HAProxy and nginx one after another under load, write the figures into a document, and
    /// fail if a request fails, or a client is not back in time with the current state
    Rolling(RollingArguments),
    /// Measure one load once, and print the figures
    Run(RunArguments),
    /// Measure the memory of an idle socket once, and print the figure
    Idle(IdleArguments),
    /// Run the bare forwarder with which the server is compared
    #[command(hide = true)]
    Forwarder(ForwarderArguments),
}

impl Cli {
    /// Runs the command.
    ///
    /// # Errors
    /// Returns the reason why the command has failed.
    pub(crate) async fn run(self) -> anyhow::Result<()> {
        match self.command {
            Command::Report(arguments) => Box::pin(unless_ended(arguments.run())).await,
            Command::Registry(arguments) => Box::pin(unless_ended(arguments.run())).await,
            Command::LogIns(arguments) => Box::pin(unless_ended(arguments.run())).await,
            Command::Peers(arguments) => Box::pin(unless_ended(arguments.run())).await,
            Command::Growth(arguments) => Box::pin(unless_ended(arguments.run())).await,
            Command::Scaling(arguments) => Box::pin(unless_ended(arguments.run())).await,
            Command::Capacity(arguments) => Box::pin(unless_ended(arguments.run())).await,
            Command::Traces(arguments) => Box::pin(unless_ended(arguments.run())).await,
            Command::Profile(arguments) => Box::pin(unless_ended(arguments.run())).await,
            Command::Hostile(arguments) => Box::pin(unless_ended(arguments.run())).await,
            Command::Soak(arguments) => Box::pin(unless_ended(arguments.run())).await,
            Command::Rolling(arguments) => Box::pin(unless_ended(arguments.run())).await,
            Command::Run(arguments) => Box::pin(unless_ended(arguments.run())).await,
            Command::Idle(arguments) => Box::pin(unless_ended(arguments.run())).await,
            Command::Forwarder(arguments) => arguments.run().await,
        }
    }
}

/// Drops the work at SIGTERM or SIGINT, which also kills the processes started for it.
async fn unless_ended(work: impl Future<Output = anyhow::Result<()>>) -> anyhow::Result<()> {
    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    // Only one branch ever completes, so none has to be cancel-safe.
    tokio::select! {
        outcome = work => outcome,
        _ = terminate.recv() => bail!("terminated by SIGTERM"),
        _ = interrupt.recv() => bail!("terminated by SIGINT"),
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }
}

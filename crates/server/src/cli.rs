//! The command line.

use std::path::PathBuf;

use clap::{Parser, Subcommand};

use crate::{commands, failure::Failure};

const EXAMPLES: &str = "\
Examples:
  fleetwatch config                          which settings are in force, and where they come from
  fleetwatch --config fleetwatch.toml config the same with a file

Settings come from FLEETWATCH_<SECTION>__<KEY>, then from --config, then from the defaults of FLEETWATCH_ENV
(development, staging or production).

Exit codes: 0 done, or stopped by SIGTERM or SIGINT; 2 bad usage or configuration; 1 otherwise.";

/// Watches over fleets of robots: ROS 2 positions from Redis, live to browsers and programs
#[derive(Debug, Parser)]
#[command(name = "fleetwatch", version, after_help = EXAMPLES)]
pub struct Cli {
    /// A TOML file with settings; variables of the environment count for more
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Print the effective configuration, secrets masked; exit code 2 if it is invalid
    Config,
}

impl Cli {
    /// Does what was asked.
    ///
    /// # Errors
    /// Why it could not be done.
    pub async fn run(self) -> Result<(), Failure> {
        let file = self.config.as_deref();
        match self.command {
            Command::Config => commands::config::run(file),
        }
    }
}

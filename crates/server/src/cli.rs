//! The command line.

use std::path::PathBuf;

use clap::{Parser, Subcommand};

use crate::{commands, failure::Failure};

const EXAMPLES: &str = "\
Examples:
  fleetwatch demo                            a server with a fleet to look at, on http://127.0.0.1:8080/
  fleetwatch                                 the server
  fleetwatch replay drive.mcap --vehicle ID  a recorded drive, as its robot would publish it
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
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the server; this is also what happens without a subcommand
    Serve,
    /// Run the server on embedded stores with a simulated fleet, to look around
    Demo(commands::demo::DemoArgs),
    /// Bring the database to the shape that this version needs
    Migrate(commands::migrate::Arguments),
    /// Register a plant's worth of vehicles in the database; what is there already stays
    Seed,
    /// Publish a ROS 2 recording (MCAP) to Redis, as its robot would
    Replay(commands::replay::ReplayArgs),
    /// Publish a simulated fleet to Redis, as its robots would
    Simulate(commands::simulate::SimulateArgs),
    /// Print the GraphQL schema
    Schema,
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
        match self.command.unwrap_or(Command::Serve) {
            Command::Serve => commands::serve::run(file).await,
            Command::Demo(arguments) => commands::demo::run(file, &arguments).await,
            Command::Seed => commands::seed::run(file).await,
            Command::Replay(arguments) => commands::publish::replay(file, arguments).await,
            Command::Simulate(arguments) => commands::publish::simulate(file, arguments).await,
            Command::Schema => commands::schema::run(),
            Command::Migrate(arguments) => commands::migrate::run(file, &arguments).await,
            Command::Config => commands::config::run(file),
        }
    }
}

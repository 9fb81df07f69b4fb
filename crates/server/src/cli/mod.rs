//! The command line: global options and subcommands.

pub(crate) mod examples;

use std::path::PathBuf;

use clap::{Parser, Subcommand};

use crate::{commands, failure::Failure};

/// Monitors fleets of robots: delivers ROS 2 positions from Redis to browsers and programs, live
#[derive(Debug, Parser)]
#[command(name = "fleetwatch", version, after_help = examples::ALL)]
pub struct Cli {
    /// A TOML file with settings; environment variables take precedence
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the server; this is the default without a subcommand
    #[command(after_help = examples::SERVE)]
    Serve,
    /// Run the server with embedded stores and a simulated fleet, to try it out
    #[command(after_help = examples::DEMO)]
    Demo(commands::demo::DemoArgs),
    /// Migrate the database to the schema that this version needs
    #[command(after_help = examples::MIGRATE)]
    Migrate(commands::migrate::Arguments),
    /// Register the vehicles of an example plant in the database; existing ones are kept
    #[command(after_help = examples::SEED)]
    Seed,
    /// Register the vehicles of a CSV or JSON lines file, all or none
    #[command(after_help = examples::IMPORT)]
    Import(commands::import::ImportArgs),
    /// Write the vehicles to CSV or JSON lines
    #[command(after_help = examples::EXPORT)]
    Export(commands::export::ExportArgs),
    /// Publish a ROS 2 recording (MCAP) to Redis, as its robot would
    #[command(after_help = examples::REPLAY)]
    Replay(commands::replay::ReplayArgs),
    /// Publish a simulated fleet to Redis, as its robots would
    #[command(after_help = examples::SIMULATE)]
    Simulate(commands::simulate::SimulateArgs),
    /// List, show, replay and drop dead letters: rejected messages from robots
    #[command(subcommand, after_help = examples::DLQ)]
    Dlq(commands::dlq::DlqCommand),
    /// Manage users
    #[command(subcommand, after_help = examples::USER)]
    User(commands::user::UserCommand),
    /// Print the GraphQL schema
    #[command(after_help = examples::SCHEMA)]
    Schema,
    /// Print the OpenAPI document of the REST API
    #[command(after_help = examples::OPENAPI)]
    Openapi,
    /// Print the AsyncAPI document of the live gateway /ws
    #[command(after_help = examples::ASYNCAPI)]
    Asyncapi,
    /// Print the effective configuration, with secrets masked; exit code 2 if it is invalid
    #[command(after_help = examples::CONFIG)]
    Config(commands::config::Arguments),
    /// Check that the server on this machine is ready; exit code 1 if it is not
    #[command(after_help = examples::HEALTHCHECK)]
    Healthcheck(commands::healthcheck::Arguments),
}

impl Cli {
    /// Runs the subcommand, or `serve` if there is none.
    ///
    /// # Errors
    /// Returns the errors of the subcommand.
    pub async fn run(self) -> Result<(), Failure> {
        let file = self.config.as_deref();
        match self.command.unwrap_or(Command::Serve) {
            Command::Serve => commands::serve::run(file).await,
            Command::Demo(arguments) => commands::demo::run(file, &arguments).await,
            Command::Seed => commands::seed::run(file).await,
            Command::Replay(arguments) => commands::publish::replay(file, arguments).await,
            Command::Simulate(arguments) => commands::publish::simulate(file, arguments).await,
            Command::Import(arguments) => commands::import::run(file, &arguments).await,
            Command::Export(arguments) => commands::export::run(file, arguments).await,
            Command::Dlq(command) => commands::dlq::run(file, command).await,
            Command::User(command) => commands::user::run(file, command).await,
            Command::Schema => commands::schema::run(),
            Command::Openapi => commands::openapi::run(),
            Command::Asyncapi => commands::asyncapi::run(),
            Command::Migrate(arguments) => commands::migrate::run(file, &arguments).await,
            Command::Config(arguments) => commands::config::run(file, &arguments),
            Command::Healthcheck(arguments) => commands::healthcheck::run(file, &arguments).await,
        }
    }
}

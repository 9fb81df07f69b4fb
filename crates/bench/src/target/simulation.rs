//! The server with the simulated fleet of the demo.

use std::process::Command;

use anyhow::Context as _;
use test_stores::postgres::TestDatabase;

use super::{ServerOptions, Target, launch_on, server::ignore_environment};
use crate::process::OwnProcess;

/// A server, and the process that publishes to it.
#[derive(Debug)]
pub(crate) struct Simulation {
    // Dropped first, because it uses the stores of the server.
    fleet: OwnProcess,
    pub target: Target,
}

impl Simulation {
    /// Starts a server on a database, and `fleetwatch simulate`, which registers its vehicles there.
    ///
    /// # Errors
    /// Fails if the server does not become ready, or the simulation can't be started.
    pub(crate) async fn start(options: &ServerOptions, vehicles: u32, rate_hz: u32) -> anyhow::Result<Self> {
        let database = TestDatabase::create().await;
        let database_url = database.url();
        let target = launch_on(options, Some(database)).await?;
        let launched = target.launched.as_ref().context("the server was started here")?;
        let mut command = Command::new(&options.binary);
        ignore_environment(&mut command);
        command
            .args(["simulate", "--vehicles", &vehicles.to_string()])
            .args(["--rate", &rate_hz.to_string()])
            .current_dir(launched.directory.path())
            .env("FLEETWATCH_DATABASE__URL", database_url)
            .env(
                "FLEETWATCH_REDIS__URL",
                format!("redis://{}", target.feed.address),
            );
        let log = launched.directory.path().join("simulation.log");
        let fleet = OwnProcess::start(&mut command, &log)?;
        Ok(Self { fleet, target })
    }

    /// Stops the simulation and the server.
    ///
    /// # Errors
    /// Fails if one of them does not exit gracefully.
    pub(crate) async fn finish(self) -> anyhow::Result<()> {
        self.fleet.stop()?;
        self.target.finish(&[]).await
    }
}

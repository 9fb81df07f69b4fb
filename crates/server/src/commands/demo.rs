//! `fleetwatch demo`: a server with a simulated fleet.

use std::{path::Path, sync::Arc};

use clap::Args;
use observability::Telemetry;
use secrecy::ExposeSecret as _;
use simulator::{Fleet, FleetOptions};
use tokio_util::{sync::CancellationToken, task::AbortOnDropHandle};

use super::{
    credentials::Credentials,
    number::whole,
    plant, print,
    simulate::{Driven, Rate, drive},
    staff::{self, Staff},
};
use crate::{
    config::Config,
    failure::Failure,
    serve::{Server, StopRequest, finish, observe},
    stores::Stores,
};

/// Arguments of `fleetwatch demo`.
#[derive(Debug, Args)]
pub struct DemoArgs {
    /// Number of vehicles
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = whole(1..=10_000_u32))]
    vehicles: u32,
}

/// Serves a simulated fleet until SIGTERM or SIGINT. All data is in memory, even if the configuration names stores.
///
/// # Errors
/// Fails if the configuration is invalid or the server can't listen on its address.
pub async fn run(file: Option<&Path>, arguments: &DemoArgs) -> Result<(), Failure> {
    let stop = StopRequest::listen()?;
    let config = Config::load(file)?;
    let telemetry = observe(&config)?;
    // The start may be cancelled anywhere, because all data is in memory.
    let started = tokio::select! {
        biased;
        () = stop.token().cancelled() => None,
        started = Demo::start(&config, arguments.vehicles, &telemetry) => Some(started),
    };
    let stopped = match started {
        Some(Ok(demo)) => demo.run_until_stopped(&config, arguments.vehicles, &stop).await,
        Some(Err(fault)) => Err(fault),
        None => Ok(()),
    };
    finish(telemetry, &config, &stop).await;
    Ok(stopped?)
}

/// A running server whose fleet is moving.
struct Demo {
    server: Server,
    staff: Staff,
    stop_fleet: CancellationToken,
    driving: AbortOnDropHandle<anyhow::Result<Driven>>,
}

impl Demo {
    /// Starts the server, and moves the fleet once the server is ready.
    async fn start(config: &Config, vehicles: u32, telemetry: &Telemetry) -> anyhow::Result<Self> {
        let stores = Stores::embedded();
        let fleet = Fleet::new(FleetOptions {
            vehicles: vehicles as usize,
            ..FleetOptions::default()
        });
        let enlisted = plant::settle(&fleet, &stores).await?;
        let staff = staff::create(config, &stores).await?;
        let (bus, clock) = (Arc::clone(&stores.ports.bus), Arc::clone(&stores.ports.clock));
        let server = Server::start(config, stores, telemetry).await?;
        server.until_ready().await;
        let stop_fleet = CancellationToken::new();
        let driving = drive(fleet, enlisted.ids, bus, clock, Rate::TEN_HZ, stop_fleet.clone());
        Ok(Self {
            server,
            staff,
            stop_fleet,
            driving: AbortOnDropHandle::new(tokio::spawn(driving)),
        })
    }

    /// Writes and prints the credentials, and runs until `stop` is requested.
    async fn run_until_stopped(
        self,
        config: &Config,
        vehicles: u32,
        stop: &StopRequest,
    ) -> anyhow::Result<()> {
        let Self {
            server,
            staff,
            stop_fleet,
            driving,
        } = self;
        let credentials = server
            .addresses
            .first()
            .map(|address| {
                format!(
                    "export url=http://{address}\n{}",
                    staff.variables().expose_secret()
                )
            })
            .map(|text| Credentials::write(&config.data.dir, text.into()));
        let credentials = credentials.transpose().unwrap_or_else(|error| {
            let directory = config.data.dir.display();
            tracing::warn!(%error, %directory, "cannot write the credentials file");
            None
        });
        print(&instructions(&server, vehicles, &staff, credentials.as_ref()))?;
        let stopped = server.run_until_stopped(stop).await;
        stop_fleet.cancel();
        // The fleet stops at its next step. Its last reports no longer matter, nor does a failure to publish them.
        let _ = driving.await;
        stopped
    }
}

fn instructions(server: &Server, vehicles: u32, staff: &Staff, credentials: Option<&Credentials>) -> String {
    let Some(address) = server.addresses.first() else {
        return String::new();
    };
    let other_terminals = credentials.map_or_else(String::new, |credentials| {
        // Escape apostrophes in the path, because they would end the quoted string.
        let path = credentials.path().display().to_string().replace('\'', r"'\''");
        let is_plain = path.chars().all(|c| c.is_alphanumeric() || "/._-".contains(c));
        let quote = if is_plain { "" } else { "'" };
        format!("\nFor shells in other terminals, while the demo is running:\n\n  . {quote}{path}{quote}\n")
    });
    format!(
        "\n\
         fleetwatch is serving {vehicles} simulated vehicles; all data is lost when it stops (Ctrl-C)\n\n\
         \x20 screen     http://{address}/\n\
         \x20 WebSocket  ws://{address}/ws         send {{\"type\":\"subscribeAll\"}}\n\
         \x20 GraphQL    http://{address}/graphiql\n\
         \x20 REST       http://{address}/docs\n\
         \x20 health     http://{address}/health\n\
         \x20 metrics    http://{address}/metrics\n\n\
         Log in as one of these users; the passwords are new each time.\n\n{staff}{other_terminals}\n"
    )
}

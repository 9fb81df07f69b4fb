//! The system under measurement.

mod endpoint;
mod forwarder;
mod peer;
mod ports;
mod running;
mod server;
mod simulation;
mod system;
mod vehicles;

use std::{net::SocketAddr, path::PathBuf};

use tempfile::TempDir;
use test_stores::{postgres::TestDatabase, redis::RedisServer};
use uuid::Uuid;

use crate::{
    process::{OwnProcess, ProcessId},
    protocols::{Feed, Settings},
};

pub(crate) use endpoint::Endpoint;
pub(crate) use peer::{Installation, Peer};
pub(crate) use running::Running;
pub(crate) use server::{ADMINISTRATOR, ServerOptions, TraceExport, ignore_environment, launch_on};
pub(crate) use simulation::Simulation;
pub(crate) use system::System;

/// A running system that is ready for load.
#[derive(Debug)]
pub(crate) struct Target {
    pub endpoint: Endpoint,
    /// Address to which vehicles publish: Redis, or the system itself.
    pub feed: Feed,
    /// Process whose CPU time and memory are read; `None` if it is not known.
    pub process: Option<ProcessId>,
    has_registry: bool,
    launched: Option<Launched>,
}

/// Resources started for a target, in the order in which they are dropped.
#[derive(Debug)]
struct Launched {
    process: OwnProcess,
    /// Whether the process exits successfully at SIGTERM; it is killed otherwise.
    is_graceful: bool,
    _redis: Option<RedisServer>,
    _database: Option<TestDatabase>,
    directory: TempDir,
}

impl Target {
    /// Changes the settings of clients' sockets. Has no effect on systems other than the server.
    pub(crate) fn use_settings(&mut self, settings: Settings) {
        if self.has_registry {
            self.endpoint = self.endpoint.with_settings(settings);
        }
    }

    /// Registers and enables vehicles if the target has a registry; otherwise only generates ids.
    ///
    /// # Errors
    /// Fails if the server refuses a vehicle.
    pub(crate) async fn register(&self, count: u32) -> anyhow::Result<Vec<Uuid>> {
        if self.has_registry {
            vehicles::register(&self.endpoint, count).await
        } else {
            Ok((0..count).map(|_| Uuid::now_v7()).collect())
        }
    }

    /// Returns the length of the target's log in bytes; 0 if the target was not started here.
    ///
    /// # Errors
    /// Fails if the log can't be read.
    pub(crate) fn logged_bytes(&self) -> anyhow::Result<u64> {
        match &self.launched {
            Some(launched) => Ok(log_in(&launched.directory).metadata()?.len()),
            None => Ok(0),
        }
    }

    /// Stops a target that was started here, or deletes the vehicles from a server that was not.
    ///
    /// # Errors
    /// Fails if the server refuses, or the target does not exit gracefully although it should.
    pub(crate) async fn finish(self, vehicles: &[Uuid]) -> anyhow::Result<()> {
        match self.launched {
            Some(Launched {
                process,
                is_graceful: true,
                ..
            }) => process.stop(),
            Some(_) => Ok(()),
            None if self.has_registry => vehicles::delete(&self.endpoint, vehicles).await,
            None => Ok(()),
        }
    }
}

/// Returns the path of the log of a started process.
fn log_in(directory: &TempDir) -> PathBuf {
    directory.path().join("log")
}

fn last_words(directory: &TempDir) -> String {
    let log = std::fs::read_to_string(log_in(directory)).unwrap_or_default();
    let lines: Vec<_> = log.lines().collect();
    lines[lines.len().saturating_sub(20)..].join("\n")
}

async fn redis() -> anyhow::Result<RedisServer> {
    Ok(tokio::task::spawn_blocking(RedisServer::start).await?)
}

fn local(port: u16) -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], port))
}

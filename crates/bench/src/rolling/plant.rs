//! Servers that share a database and a Redis.

use std::{
    net::SocketAddr,
    process::Command,
    time::{Duration, Instant},
};

use anyhow::{Context as _, bail, ensure};
use reqwest::Client;
use serde_json::{Value, json};
use tempfile::TempDir;
use test_stores::{ports::free_port, postgres::TestDatabase, redis::RedisServer};
use tokio::{task::spawn_blocking, time::sleep};
use uuid::Uuid;

use super::scale::Scale;
use crate::{
    process::OwnProcess,
    target::{ADMINISTRATOR, Endpoint, Running, ServerOptions, System, Target, ignore_environment},
};

/// Time limit for the start of a server.
const PATIENCE: Duration = Duration::from_secs(60);

/// Ports of servers and proxies, which must be known before they start. No other test uses this range.
pub(super) const PORTS: std::ops::Range<u16> = 8_100..9_000;

/// The servers, and the stores that they share.
#[derive(Debug)]
pub(super) struct Plant {
    servers: Vec<Server>,
    options: ServerOptions,
    drain: Duration,
    directory: TempDir,
    redis: RedisServer,
    database: TestDatabase,
}

#[derive(Debug)]
struct Server {
    port: u16,
    /// Number of starts so far.
    starts: u32,
    /// `None` while it is being restarted.
    process: Option<OwnProcess>,
}

impl Plant {
    /// Starts the stores and the servers, and waits until each is ready.
    ///
    /// # Errors
    /// Fails if a server does not become ready.
    pub(super) async fn start(
        options: &ServerOptions,
        scale: &Scale,
        servers: usize,
    ) -> anyhow::Result<Self> {
        let mut plant = Self {
            servers: Vec::new(),
            options: options.clone(),
            drain: scale.drain,
            directory: tempfile::tempdir()?,
            redis: spawn_blocking(RedisServer::start).await?,
            database: TestDatabase::create().await,
        };
        for number in 0..servers {
            plant.servers.push(Server {
                port: free_port(PORTS),
                starts: 0,
                process: None,
            });
            plant.launch(number).await?;
        }
        Ok(plant)
    }

    pub(super) fn size(&self) -> usize {
        self.servers.len()
    }

    pub(super) fn addresses(&self) -> Vec<SocketAddr> {
        self.servers.iter().map(|server| local(server.port)).collect()
    }

    pub(super) fn redis_address(&self) -> SocketAddr {
        local(self.redis.port())
    }

    /// Logs in to the first server.
    ///
    /// # Errors
    /// Fails if the server refuses the log-in.
    pub(super) async fn target(&self) -> anyhow::Result<Target> {
        let running = Running {
            address: self.addresses()[0],
            redis: self.redis_address(),
            process: None,
            username: ADMINISTRATOR.0.to_owned(),
            password: ADMINISTRATOR.1.to_owned(),
        };
        System::Running(running).launch().await
    }

    /// Stops a server gracefully, and starts it again.
    ///
    /// # Errors
    /// Fails if the server does not exit gracefully, or does not become ready.
    pub(super) async fn restart(&mut self, number: usize) -> anyhow::Result<()> {
        self.end(number).await?;
        self.launch(number).await
    }

    async fn end(&mut self, number: usize) -> anyhow::Result<()> {
        let process = self.servers[number].process.take();
        let process = process.context("the server is not running")?;
        spawn_blocking(move || process.stop()).await?
    }

    async fn launch(&mut self, number: usize) -> anyhow::Result<()> {
        let server = &mut self.servers[number];
        server.starts += 1;
        let log = self
            .directory
            .path()
            .join(format!("server-{number}-{}.log", server.starts));
        let mut command = Command::new(&self.options.binary);
        ignore_environment(&mut command);
        command
            .current_dir(self.directory.path())
            .env("FLEETWATCH_HTTP__BIND", format!("127.0.0.1:{}", server.port))
            .env("FLEETWATCH_HTTP__TRUSTED_PROXIES", "127.0.0.1")
            .env(
                "FLEETWATCH_HTTP__ALLOWED_HOSTS",
                "fleet.example,localhost,127.0.0.1",
            )
            .env("FLEETWATCH_HTTP__DRAIN_MS", self.drain.as_millis().to_string())
            .env(
                "FLEETWATCH_HTTP__SHUTDOWN_TIMEOUT_MS",
                (self.drain * 2).as_millis().to_string(),
            )
            .env("FLEETWATCH_DATABASE__URL", self.database.url())
            .env("FLEETWATCH_REDIS__URL", self.redis.url())
            // All servers sign tokens with the key in this directory.
            .env("FLEETWATCH_DATA__DIR", self.directory.path().join("data"))
            .env("FLEETWATCH_AUTH__ADMIN_USERNAME", ADMINISTRATOR.0)
            .env("FLEETWATCH_AUTH__ADMIN_PASSWORD", ADMINISTRATOR.1)
            .env("FLEETWATCH_AUTH__ACCESS_TTL_S", "86400")
            .env("FLEETWATCH_LIMITS__API_PER_SECOND", "100000")
            .env("FLEETWATCH_LIMITS__API_BURST", "100000")
            .env("FLEETWATCH_LOG__LEVEL", "warn");
        let mut process = OwnProcess::start(&mut command, &log)?;
        let client = Client::builder()
            .no_proxy()
            .timeout(Duration::from_secs(2))
            .build()?;
        let url = format!("http://{}/health/ready", local(server.port));
        let began = Instant::now();
        loop {
            let answer = client.get(&url).send().await;
            if answer.is_ok_and(|answer| answer.status().is_success()) {
                break;
            }
            if process.ended()?.is_some() || began.elapsed() > PATIENCE {
                let log = std::fs::read_to_string(&log).unwrap_or_default();
                bail!("server {number} did not start:\n{log}");
            }
            sleep(Duration::from_millis(20)).await;
        }
        server.process = Some(process);
        Ok(())
    }
}

/// Disables a vehicle.
///
/// # Errors
/// Fails if the server does not disable the vehicle.
pub(super) async fn disable(endpoint: &Endpoint, vehicle: Uuid) -> anyhow::Result<()> {
    let query = "mutation($id: ID!) { disableVehicle(id: $id) { isEnabled } }";
    let request = endpoint.graphql(&Client::new());
    let request = request.json(&json!({"query": query, "variables": {"id": vehicle}}));
    let answer: Value = request.send().await?.json().await?;
    ensure!(
        answer["data"]["disableVehicle"]["isEnabled"] == false,
        "a vehicle was not disabled: {answer}"
    );
    Ok(())
}

pub(super) fn local(port: u16) -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], port))
}

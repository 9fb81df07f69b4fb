//! The server under attack, with a registry worth counting, and the users who attack it.

use std::net::SocketAddr;

use anyhow::{Context as _, ensure};
use reqwest::Client;
use serde_json::{Value, json};
use testkit::postgres::TestDatabase;

use crate::{
    process::ProcessId,
    registry,
    target::{Door, ServerOptions, Target, launch_on},
};

/// How many vehicles the registry has beside those that move.
pub(super) const REGISTERED: u32 = 60_000;
/// The limit of open files under which the server runs, as many systems have it.
const OPEN_FILES: u32 = 1_024;
const VIEWER: (&str, &str) = ("spectator", "correct horse battery stable");
const DEFAULT_ORGANIZATION: &str = "00000000-0000-7000-8000-000000000001";

/// A running server and the means to reach it.
#[derive(Debug)]
pub(super) struct Scene {
    pub(super) target: Target,
    pub(super) address: SocketAddr,
    pub(super) redis: SocketAddr,
    pub(super) process: ProcessId,
    /// The authorization header of an ADMIN of everything.
    pub(super) administrator: String,
    /// The authorization header of a VIEWER that may see all vehicles.
    pub(super) viewer: String,
}

impl Scene {
    /// Starts a server with its own limits on a database of many vehicles.
    ///
    /// # Errors
    /// When something does not start.
    pub(super) async fn set_up(options: &ServerOptions) -> anyhow::Result<Self> {
        let database = TestDatabase::create().await;
        registry::register(&database, REGISTERED, false).await?;
        let options = ServerOptions {
            open_files: Some(OPEN_FILES),
            is_limited: true,
            ..options.clone()
        };
        let target = launch_on(&options, Some(database)).await?;
        let address = target.door.address;
        let viewer = create_viewer(&target.door).await?;
        Ok(Self {
            address,
            redis: target.redis,
            process: target.process.context("the server was started here")?,
            administrator: target.door.authorization(),
            viewer: viewer.authorization(),
            target,
        })
    }
}

async fn create_viewer(door: &Door) -> anyhow::Result<Door> {
    let (username, password) = VIEWER;
    let user = post(
        door,
        "/api/users",
        &json!({"username": username, "password": password, "role": "VIEWER"}),
    )
    .await?;
    let grant = json!({"userId": user["id"], "organizationId": DEFAULT_ORGANIZATION});
    post(door, "/api/grants", &grant).await?;
    Door::log_in(door.address, username, password).await
}

async fn post(door: &Door, path: &str, body: &Value) -> anyhow::Result<Value> {
    let response = door.post(&Client::new(), path).json(body).send().await?;
    let status = response.status();
    let answer: Value = response.json().await?;
    ensure!(status.is_success(), "{path}: {status} {answer}");
    Ok(answer)
}

//! The server, its vehicles, and a group of them.

use anyhow::{Context as _, ensure};
use reqwest::Client;
use serde_json::{Value, json};
use uuid::Uuid;

use super::Scale;
use crate::{
    process::ProcessId,
    target::{Endpoint, ServerOptions, System, Target},
};

#[derive(Debug)]
pub(super) struct Scene {
    pub(super) target: Target,
    pub(super) scale: Scale,
    pub(super) process: ProcessId,
    pub(super) vehicles: Vec<Uuid>,
    /// A group with half of the vehicles.
    pub(super) group: Uuid,
}

impl Scene {
    /// Starts a server and registers the vehicles.
    ///
    /// # Errors
    /// Fails if something does not start, or the server refuses a vehicle or the group.
    pub(super) async fn set_up(options: &ServerOptions, scale: Scale) -> anyhow::Result<Self> {
        let target = System::Server(options.clone()).launch().await?;
        let vehicles = target.register(scale.workload.vehicles).await?;
        let group = create_group(&target.endpoint, &vehicles[..vehicles.len() / 2]).await?;
        Ok(Self {
            process: target.process.context("the server was started here")?,
            target,
            scale,
            vehicles,
            group,
        })
    }
}

async fn create_group(endpoint: &Endpoint, vehicles: &[Uuid]) -> anyhow::Result<Uuid> {
    let client = Client::new();
    let request = endpoint
        .post(&client, "/api/groups")
        .json(&json!({"name": "Soak"}));
    let response = request.send().await?;
    let status = response.status();
    let group: Value = response.json().await?;
    ensure!(status.is_success(), "a group was refused: {status} {group}");
    let id = group["id"].as_str().context("a group without an id")?;
    for vehicle in vehicles {
        let path = format!("/api/groups/{id}/vehicles/{vehicle}");
        let status = endpoint.put(&client, &path).send().await?.status();
        ensure!(status.is_success(), "a vehicle of a group was refused: {status}");
    }
    id.parse().context("a group's id is a UUID")
}

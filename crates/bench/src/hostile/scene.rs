//! The server under attack, with a large registry, the users who attack it, and a tenant who is not involved.

use std::net::SocketAddr;

use anyhow::{Context as _, ensure};
use reqwest::Client;
use serde_json::{Value, json};
use test_stores::postgres::TestDatabase;
use uuid::Uuid;

use super::scale::Scale;
use crate::{
    process::ProcessId,
    registry,
    target::{Endpoint, ServerOptions, Target, launch_on},
};

/// Limit on open files of the server, a common default.
const OPEN_FILES: u32 = 1_024;
const PASSWORD: &str = "correct horse battery stable";
const DEFAULT_ORGANIZATION: &str = "00000000-0000-7000-8000-000000000001";
/// Number of vehicles of the uninvolved tenant.
const NEIGHBOUR_VEHICLES: u32 = 20;

/// A running server and the credentials for it.
#[derive(Debug)]
pub(super) struct Scene {
    pub(super) target: Target,
    pub(super) scale: Scale,
    pub(super) address: SocketAddr,
    pub(super) redis: SocketAddr,
    pub(super) process: ProcessId,
    /// Vehicles of the load.
    pub(super) vehicles: Vec<Uuid>,
    /// An enabled vehicle outside the load, which floods.
    pub(super) misbehaving: Uuid,
    /// `Authorization` header line of an ADMIN without an organisation.
    pub(super) administrator: String,
    /// `Authorization` header line of an ADMIN of the attackers' organisation.
    pub(super) manager: String,
    /// `Authorization` header line of a VIEWER who may see all vehicles of that organisation.
    pub(super) viewer: String,
    /// Endpoint with the token of an ADMIN of another organisation.
    pub(super) neighbour: Endpoint,
}

impl Scene {
    /// Starts a server with its default limits on a database of many vehicles.
    ///
    /// # Errors
    /// Fails if something does not start.
    pub(super) async fn set_up(options: &ServerOptions, scale: Scale) -> anyhow::Result<Self> {
        let database = TestDatabase::create().await;
        registry::register(&database, scale.registered, false).await?;
        let options = ServerOptions {
            open_files: Some(OPEN_FILES),
            is_limited: true,
            ..options.clone()
        };
        let target = launch_on(&options, Some(database)).await?;
        let endpoint = &target.endpoint;
        let mut vehicles = target.register(scale.workload.vehicles + 1).await?;
        let viewer = create_user(endpoint, "spectator", "VIEWER", None).await?;
        let grant = json!({"userId": viewer.id, "organizationId": DEFAULT_ORGANIZATION});
        post(endpoint, "/api/grants", &grant).await?;
        let manager = create_user(endpoint, "manager", "ADMIN", Some(DEFAULT_ORGANIZATION)).await?;
        Ok(Self {
            scale,
            address: endpoint.address,
            redis: target.feed.address,
            process: target.process.context("the server was started here")?,
            misbehaving: vehicles.pop().context("one more than the load has")?,
            vehicles,
            administrator: endpoint.authorization(),
            manager: manager.endpoint.authorization(),
            viewer: viewer.endpoint.authorization(),
            neighbour: move_in(endpoint).await?,
            target,
        })
    }
}

struct User {
    id: Value,
    endpoint: Endpoint,
}

async fn create_user(
    endpoint: &Endpoint,
    username: &str,
    role: &str,
    organization: Option<&str>,
) -> anyhow::Result<User> {
    let mut user = json!({"username": username, "password": PASSWORD, "role": role});
    if let Some(organization) = organization {
        user["organizationId"] = organization.into();
    }
    let created = post(endpoint, "/api/users", &user).await?;
    Ok(User {
        id: created["id"].clone(),
        endpoint: Endpoint::log_in(endpoint.address, username, PASSWORD).await?,
    })
}

/// Creates another organisation, with an ADMIN and some vehicles. Returns the endpoint with the ADMIN's token.
async fn move_in(endpoint: &Endpoint) -> anyhow::Result<Endpoint> {
    let organization = post(endpoint, "/api/organizations", &json!({"name": "Next door"})).await?;
    let organization = organization["id"].as_str().context("an organisation has an id")?;
    let neighbour = create_user(endpoint, "neighbour", "ADMIN", Some(organization)).await?;
    for number in 0..NEIGHBOUR_VEHICLES {
        let vehicle = json!({
            "name": format!("Neighbour {number}"), "type": "FORKLIFT", "manufacturer": "Acme",
            "specification": {"maxSpeed": 2, "maxLoad": 100, "batteryCapacity": 1_000}, "details": {},
        });
        post(&neighbour.endpoint, "/api/vehicles", &vehicle).await?;
    }
    Ok(neighbour.endpoint)
}

async fn post(endpoint: &Endpoint, path: &str, body: &Value) -> anyhow::Result<Value> {
    let response = endpoint.post(&Client::new(), path).json(body).send().await?;
    let status = response.status();
    let answer: Value = response.json().await?;
    ensure!(status.is_success(), "{path}: {status} {answer}");
    Ok(answer)
}

//! Management of a server's vehicles over GraphQL, as any client would manage them.

use anyhow::{Context as _, bail};
use futures::{StreamExt as _, TryStreamExt as _, stream};
use reqwest::Client;
use serde_json::{Value, json};
use uuid::Uuid;

use super::Endpoint;

/// Number of concurrent requests.
const AT_A_TIME: usize = 4;

/// Creates and enables vehicles with unique names.
pub(super) async fn register(endpoint: &Endpoint, count: u32) -> anyhow::Result<Vec<Uuid>> {
    let api = Api::new(endpoint);
    let run = Uuid::now_v7().simple();
    let registering = stream::iter(0..count).map(|number| {
        let api = &api;
        async move {
            let id = api.create(&format!("bench {run} {number}")).await?;
            api.ask(
                "mutation($id: ID!) { enableVehicle(id: $id) { id } }",
                json!({"id": id}),
            )
            .await?;
            anyhow::Ok(id)
        }
    });
    registering.buffered(AT_A_TIME).try_collect().await
}

pub(super) async fn delete(endpoint: &Endpoint, vehicles: &[Uuid]) -> anyhow::Result<()> {
    let api = Api::new(endpoint);
    let deleting = stream::iter(vehicles).map(|id| {
        let query = "mutation($id: ID!) { deleteVehicle(id: $id) }";
        api.ask(query, json!({"id": id}))
    });
    deleting
        .buffered(AT_A_TIME)
        .try_for_each(|_| async { Ok(()) })
        .await
}

struct Api<'a> {
    client: Client,
    endpoint: &'a Endpoint,
}

impl<'a> Api<'a> {
    fn new(endpoint: &'a Endpoint) -> Self {
        Self {
            client: Client::new(),
            endpoint,
        }
    }

    async fn create(&self, name: &str) -> anyhow::Result<Uuid> {
        let input = json!({
            "name": name,
            "type": "AMR",
            "manufacturer": "bench",
            "specification": {"maxSpeed": 2, "maxLoad": 100, "batteryCapacity": 1_000},
            "amr": {"lidarEnabled": true, "cameraEnabled": false, "ultrasonicEnabled": false, "autonomyLevel": 4},
        });
        let query = "mutation($input: CreateVehicleInput!) { createVehicle(input: $input) { id } }";
        let created = self.ask(query, json!({"input": input})).await?;
        let id = created["createVehicle"]["id"]
            .as_str()
            .context("a vehicle without an id")?;
        id.parse().context("a vehicle's id is a UUID")
    }

    async fn ask(&self, query: &str, variables: Value) -> anyhow::Result<Value> {
        let request = self
            .endpoint
            .graphql(&self.client)
            .json(&json!({"query": query, "variables": variables}));
        let mut answer: Value = request.send().await?.json().await?;
        match answer.get("errors") {
            None | Some(Value::Null) => Ok(answer["data"].take()),
            Some(errors) => bail!("the server refused: {errors}"),
        }
    }
}

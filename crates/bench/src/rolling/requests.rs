//! HTTP requests during the restarts, over connections that are kept. No request is repeated.

use std::{collections::HashMap, sync::Arc, time::Duration};

use anyhow::{bail, ensure};
use serde_json::{Value, json};
use tokio::{task::JoinSet, time::sleep};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::{
    gate::{Gate, HttpConnection},
    scale::Kind,
};

/// Number of connections for requests that read.
const READERS: u32 = 4;
/// Pause between two requests of a connection.
const PAUSE: Duration = Duration::from_millis(20);
/// Number of vehicles whose status is changed.
const CHANGED: u32 = 10;
/// Statuses that the vehicles are given, one after another.
const STATUSES: [&str; 3] = ["STOPPED", "MAINTENANCE", "IDLE"];

/// Requests in progress.
#[derive(Debug)]
pub(super) struct Requests {
    stop: CancellationToken,
    tasks: JoinSet<Sent>,
}

/// Requests that were sent over one or several connections.
#[derive(Debug, Clone, Default)]
pub(super) struct Sent {
    pub(super) reads: u64,
    pub(super) writes: u64,
    /// Reasons for the failures.
    pub(super) failures: Vec<String>,
    /// The last status that each vehicle was given.
    pub(super) statuses: HashMap<u32, &'static str>,
}

impl Sent {
    fn add(&mut self, other: Self) {
        self.reads += other.reads;
        self.writes += other.writes;
        self.failures.extend(other.failures);
        self.statuses.extend(other.statuses);
    }
}

impl Requests {
    /// Starts to send requests. Requests that write are omitted if they may fail because of the load balancer.
    pub(super) fn start(gate: &Gate, ids: &Arc<[Uuid]>, kind: Kind) -> Self {
        let stop = CancellationToken::new();
        let mut tasks = JoinSet::new();
        for reader in 0..READERS {
            let connection = Kept::new(gate, &stop);
            tasks.spawn(read(connection, Arc::clone(ids), reader));
        }
        if !kind.may_fail_writes() {
            tasks.spawn(write(Kept::new(gate, &stop), Arc::clone(ids)));
        }
        Self { stop, tasks }
    }

    /// Waits for the last answers.
    ///
    /// # Errors
    /// Fails if a task panics.
    pub(super) async fn stop(mut self) -> anyhow::Result<Sent> {
        self.stop.cancel();
        let mut all = Sent::default();
        while let Some(sent) = self.tasks.join_next().await {
            all.add(sent?);
        }
        Ok(all)
    }
}

/// A connection that is kept for the next request, unless the other side closes it after a response.
struct Kept {
    gate: Gate,
    connection: Option<HttpConnection>,
    stop: CancellationToken,
}

impl Kept {
    fn new(gate: &Gate, stop: &CancellationToken) -> Self {
        Self {
            gate: gate.clone(),
            connection: None,
            stop: stop.clone(),
        }
    }

    /// Pauses. Returns `false` if no further request is to be sent.
    async fn goes_on(&self) -> bool {
        sleep(PAUSE).await;
        !self.stop.is_cancelled()
    }

    /// Sends a request, which must succeed.
    async fn send(&mut self, method: &str, path: &str, body: &str) -> anyhow::Result<Value> {
        let mut connection = match self.connection.take() {
            Some(connection) => connection,
            None => self.gate.open().await?,
        };
        let answer = connection.send(&self.gate, method, path, body).await?;
        if answer.stays_open {
            self.connection = Some(connection);
        }
        ensure!(
            answer.status == 200,
            "{method} {path}: {} {}",
            answer.status,
            String::from_utf8_lossy(&answer.body)
        );
        Ok(serde_json::from_slice(&answer.body)?)
    }
}

async fn read(mut connection: Kept, ids: Arc<[Uuid]>, reader: u32) -> Sent {
    let mut sent = Sent::default();
    let mut number = reader as usize;
    while connection.goes_on().await {
        let path = match number % 3 {
            0 => "/api/vehicles?first=20".to_owned(),
            1 => format!("/api/vehicles/{}", ids[number % ids.len()]),
            _ => "/health/live".to_owned(),
        };
        sent.reads += 1;
        if let Err(error) = connection.send("GET", &path, "").await {
            sent.failures.push(format!("{path}: {error:#}"));
        }
        number += READERS as usize;
    }
    sent
}

async fn write(mut connection: Kept, ids: Arc<[Uuid]>) -> Sent {
    let mut sent = Sent::default();
    let mut number = 0;
    while connection.goes_on().await {
        let vehicle = number % CHANGED.min(ids.len() as u32);
        let status = STATUSES[(number / CHANGED) as usize % STATUSES.len()];
        sent.writes += 1;
        match change(&mut connection, ids[vehicle as usize], status).await {
            Ok(()) => {
                sent.statuses.insert(vehicle, status);
            }
            Err(error) => sent.failures.push(format!("a change to {status}: {error:#}")),
        }
        number += 1;
    }
    sent
}

async fn change(connection: &mut Kept, vehicle: Uuid, status: &str) -> anyhow::Result<()> {
    let query = "mutation($id: ID!, $status: VehicleStatus!) \
                 { updateVehicleStatus(id: $id, status: $status) { status } }";
    let body = json!({"query": query, "variables": {"id": vehicle, "status": status}});
    let answer = connection.send("POST", "/graphql", &body.to_string()).await?;
    if answer["data"]["updateVehicleStatus"]["status"] != status {
        bail!("{answer}");
    }
    Ok(())
}

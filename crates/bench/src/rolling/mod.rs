//! Rolling restarts: servers behind a load balancer are restarted one after another, under load. No request may fail,
//! and every client must be back in time with the current state.
//!
//! * `scale`: the size of the run; `plant`: the servers and their stores; `proxy`: HAProxy or nginx, with the
//!   configurations of `deploy/`.
//! * `gate`: connections to the load balancer; `client`: sockets that reconnect; `picture`: the state that a client
//!   has received; `requests`: HTTP requests.
//! * `rules`: the rules that must hold; `report`: the figures.

mod client;
mod gate;
mod picture;
mod plant;
mod proxy;
mod report;
mod requests;
mod rules;
mod scale;

use std::{
    collections::HashMap,
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::{Context as _, ensure};
use time::OffsetDateTime;
use tokio::{task::JoinSet, time::sleep};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::{
    process::allow_sockets,
    protocols::Feed,
    publish_log::PublishLog,
    publisher::Publisher,
    report::{DAY, Machine},
    target::ServerOptions,
};

use client::Client;
use gate::Gate;
use picture::{Pictures, Truth};
use plant::Plant;
use proxy::Proxy;
pub(crate) use report::RollingReport;
use report::Run;
use requests::Requests;
pub(crate) use scale::Scale;
use scale::Scenario;

/// Time limit for the first subscriptions of all clients, and for the last updates to reach them.
const PATIENCE: Duration = Duration::from_secs(60);
/// Interval between two checks of a condition.
const LOOK_AGAIN: Duration = Duration::from_millis(50);
/// Time under load before the first restart.
const STEADY: Duration = Duration::from_secs(2);
/// Longest time that a closing server asks clients to wait.
const LONGEST_RETRY: Duration = Duration::from_secs(5);

impl RollingReport {
    /// Restarts the servers of each scenario one after another.
    ///
    /// # Errors
    /// Fails if a program does not start, or the servers refuse the vehicles.
    pub(crate) async fn measure(options: &ServerOptions, scale: Scale) -> anyhow::Result<Self> {
        // The load balancer, a child of this process, needs two connections per client.
        allow_sockets(scale.clients() * 2)?;
        let mut runs = Vec::new();
        for scenario in scale.scenarios {
            eprintln!("{}, {} servers", scenario.kind.title(), scenario.servers);
            let run = roll(options, &scale, *scenario).await?;
            eprintln!("{run}");
            runs.push(run);
        }
        Ok(Self {
            machine: Machine::this(),
            day: OffsetDateTime::now_utc().format(DAY)?,
            scale,
            runs,
        })
    }

    /// Returns a message for each broken rule.
    #[must_use]
    pub(crate) fn broken_rules(&self) -> Vec<String> {
        rules::broken(self)
    }
}

async fn roll(options: &ServerOptions, scale: &Scale, scenario: Scenario) -> anyhow::Result<Run> {
    let mut plant = Plant::start(options, scale, scenario.servers).await?;
    let target = plant.target().await?;
    let ids = target.register(scale.workload.vehicles).await?;
    let ids: Arc<[Uuid]> = ids.into();
    let proxy = Proxy::start(scenario.kind, &plant.addresses()).await?;
    let gate = proxy.gate(&target.endpoint)?;
    let address = client_address_seen(&gate).await?;

    let stop = CancellationToken::new();
    let pictures = Pictures::of(scale.clients());
    let numbers = (0..).zip(ids.iter());
    let numbers: HashMap<_, _> = numbers.map(|(number, id)| (id.to_string(), number)).collect();
    let numbers = Arc::new(numbers);
    let mut tasks = JoinSet::new();
    for (client, picture) in (0..).zip(pictures.iter()) {
        let vehicle = scale.vehicle_of(client).map(|number| ids[number as usize]);
        let client = Client::new(&gate, &numbers, vehicle, picture);
        tasks.spawn(client.run(stop.clone()));
    }
    wait_for("the clients to subscribe", || pictures.are_all_subscribed()).await?;
    let log = Arc::new(PublishLog::new(
        scale.workload.vehicles,
        scale.workload.updates_per_vehicle(PATIENCE * 10),
    ));
    let publisher = Publisher::start(
        Feed::redis(plant.redis_address()),
        Arc::clone(&ids),
        Arc::clone(&log),
        &scale.workload,
    )?;
    let requests = Requests::start(&gate, &ids, scenario.kind);
    sleep(STEADY).await;

    let began = Instant::now();
    for server in 0..plant.size() {
        plant.restart(server).await?;
        sleep(scale.settle).await;
        if server == 0 {
            // Connected clients have to learn of this by an event, and clients that are reconnecting by a snapshot.
            plant::disable(&target.endpoint, disabled(&ids)?).await?;
        }
    }
    let restarting = began.elapsed();
    sleep(LONGEST_RETRY + scale.grace).await;
    let requests = requests.stop().await?;
    drop(publisher.stop()?);
    let truth = Truth::of(&log, scale.workload.vehicles - 1, &requests.statuses);
    let is_settled = || pictures.wrong(scale, &truth) == 0;
    // The number of wrong pictures is reported, so a timeout is not an error here.
    let _ = wait_for("the current state", is_settled).await;
    let wrong = pictures.wrong(scale, &truth);
    stop.cancel();
    while tasks.join_next().await.is_some() {}
    let (returns, failures) = pictures.into_records();
    drop(proxy);
    drop(plant);
    Ok(Run {
        scenario,
        restarting,
        requests,
        returns,
        failures,
        wrong,
        address,
    })
}

/// Returns the vehicle that is disabled during the restarts: the last one.
fn disabled(ids: &[Uuid]) -> anyhow::Result<Uuid> {
    ids.last().copied().context("there are no vehicles")
}

/// Returns the client's address as the servers see it, although the client claims to have another address.
async fn client_address_seen(gate: &Gate) -> anyhow::Result<String> {
    let mut connection = gate.open().await?;
    connection.log_in_as_another_address().await?;
    let answer = connection
        .send(gate, "GET", "/api/audit?action=auth.login&first=1", "")
        .await?;
    ensure!(
        answer.status == 200,
        "the audit log was answered with {}",
        answer.status
    );
    let log: serde_json::Value = serde_json::from_slice(&answer.body)?;
    let address = log["items"][0]["address"].as_str();
    Ok(address.context("an entry without an address")?.to_owned())
}

async fn wait_for(what: &str, mut is_over: impl FnMut() -> bool) -> anyhow::Result<()> {
    let began = Instant::now();
    while !is_over() {
        ensure!(began.elapsed() < PATIENCE, "waited too long for {what}");
        sleep(LOOK_AGAIN).await;
    }
    Ok(())
}

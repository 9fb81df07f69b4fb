//! Clients that connect: handshakes, and refreshes of sessions.

use std::{
    fs,
    time::{Duration, Instant},
};

use anyhow::{Context as _, bail, ensure};
use reqwest::Client;
use serde_json::{Value, json};
use test_stores::postgres::TestDatabase;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};
use uuid::Uuid;

use super::costs::Connecting;
use crate::{
    clients::upgrade,
    process::{ProcessId, allow_sockets},
    protocols::{Dialogue, Incoming},
    target::{ADMINISTRATOR, Endpoint, ServerOptions, launch_on},
    websocket::FrameReader,
};

/// Number of sockets over which the CPU time of a handshake is averaged.
const SOCKETS: u32 = 2_000;
/// Number of refreshes over which the CPU times are averaged.
const REFRESHES: u32 = 500;

/// Measures handshakes and refreshes, one after another.
///
/// # Errors
/// Fails if the server refuses one of them.
pub(super) async fn measure(options: &ServerOptions) -> anyhow::Result<Connecting> {
    allow_sockets(SOCKETS)?;
    let database = TestDatabase::create().await;
    let postgres = postmaster_of(&database).await?;
    let target = launch_on(options, Some(database)).await?;
    let process = target.process.context("the server was started here")?;
    let vehicles = target.register(1).await?;

    let before = process.cpu_time()?;
    let mut sockets = Vec::new();
    for _ in 0..SOCKETS {
        sockets.push(subscribe(&target.endpoint, vehicles[0]).await?);
    }
    let handshake_us = us_each(process.cpu_time()?.saturating_sub(before), SOCKETS);
    drop(sockets);

    let mut session = Session::log_in(&target.endpoint).await?;
    let (server_before, database_before) = (process.cpu_time()?, postgres.tree_cpu_time()?);
    let mut times = Vec::new();
    for _ in 0..REFRESHES {
        let began = Instant::now();
        session.refresh().await?;
        times.push(began.elapsed());
    }
    times.sort_unstable();
    let server = process.cpu_time()?.saturating_sub(server_before);
    let database = postgres.tree_cpu_time()?.saturating_sub(database_before);
    target.finish(&[]).await?;
    Ok(Connecting {
        handshake_us,
        refresh_server_us: us_each(server, REFRESHES),
        refresh_database_us: us_each(database, REFRESHES),
        refresh_p50: times[times.len() / 2],
    })
}

fn us_each(time: Duration, count: u32) -> f64 {
    time.as_secs_f64() * 1e6 / f64::from(count)
}

/// Returns the process that all processes of a PostgreSQL server descend from.
async fn postmaster_of(database: &TestDatabase) -> anyhow::Result<ProcessId> {
    let client = database.client().await;
    let row = client.query_one("SELECT pg_backend_pid()", &[]).await?;
    let backend: i32 = row.get(0);
    let stat = fs::read_to_string(format!("/proc/{backend}/stat"))?;
    // The second field is a name in parentheses, the third the state, the fourth the parent.
    let parent = stat
        .rsplit_once(')')
        .and_then(|(_, fields)| fields.split_whitespace().nth(1)?.parse().ok());
    Ok(ProcessId::of(parent.context("a process without a parent")?))
}

/// Opens a socket, and subscribes to a vehicle.
async fn subscribe(endpoint: &Endpoint, vehicle: Uuid) -> anyhow::Result<TcpStream> {
    let mut dialogue = Dialogue::new(endpoint.protocol, Some(vehicle));
    let (mut stream, mut bytes) = upgrade(endpoint, &dialogue).await?;
    stream.write_all(&dialogue.opening()).await?;
    let mut frames = FrameReader::default();
    loop {
        let (mut is_subscribed, mut outcome) = (false, Ok(()));
        frames.read(&bytes, |opcode, payload| {
            if outcome.is_ok() {
                outcome = dialogue.read(opcode, payload, |incoming| {
                    is_subscribed |= matches!(incoming, Incoming::Subscribed);
                    Ok(())
                });
            }
        });
        outcome?;
        if is_subscribed {
            return Ok(stream);
        }
        bytes.clear();
        if stream.read_buf(&mut bytes).await? == 0 {
            bail!("a socket was closed");
        }
    }
}

/// A session that is refreshed again and again.
struct Session {
    client: Client,
    url: String,
    refresh_token: String,
}

impl Session {
    async fn log_in(endpoint: &Endpoint) -> anyhow::Result<Self> {
        let mut session = Self {
            client: Client::builder().no_proxy().build()?,
            url: format!("http://{}/api/auth", endpoint.address),
            refresh_token: String::new(),
        };
        let (username, password) = ADMINISTRATOR;
        let body = json!({"username": username, "password": password});
        session.ask("login", &body).await?;
        Ok(session)
    }

    async fn refresh(&mut self) -> anyhow::Result<()> {
        let body = json!({"refreshToken": self.refresh_token});
        self.ask("refresh", &body).await
    }

    async fn ask(&mut self, what: &str, body: &Value) -> anyhow::Result<()> {
        let request = self.client.post(format!("{}/{what}", self.url)).json(body);
        let response = request.send().await?;
        let status = response.status();
        let tokens: Value = response.json().await?;
        ensure!(status.is_success(), "{what} was refused: {status} {tokens}");
        let token = tokens["refreshToken"].as_str().context("no refresh token")?;
        self.refresh_token = token.to_owned();
        Ok(())
    }
}

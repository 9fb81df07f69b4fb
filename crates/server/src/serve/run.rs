//! Starting, running and stopping.

use std::{any::Any, net::SocketAddr, sync::Arc, time::Duration};

use actix_web::{App, HttpServer, dev::ServerHandle, rt::net::TcpStream};
use anyhow::Context as _;
use api_graphql::{GraphqlApi, GraphqlOptions, SocketOptions};
use api_rest::Rest;
use api_ws::{Connections, Gateway, GatewayOptions};
use application::{
    health::{CheckHealth, Readiness},
    live::{
        Live, LiveRules,
        workers::{RegistryStatus, Workers},
    },
};
use observability::Telemetry;
use socket2::SockRef;
use tokio::{
    task::{JoinHandle, JoinSet},
    time::{Instant, timeout_at},
};
use tokio_util::sync::CancellationToken;

use super::{migrate, until_asked_to_stop, use_cases::UseCases};
use crate::{config::Config, stores::Stores};

/// How much of what a client has not read yet the kernel keeps. Not more, because a slow client has to read
/// all of it before it sees what is new.
const SEND_BUFFER_BYTES: usize = 128 * 1024;

/// How much longer than a slow client is borne its connection may still exist.
const SLOW_CLIENT_GRACE: Duration = Duration::from_secs(5);

/// A running server.
pub struct Server {
    /// The live core.
    pub live: Arc<Live>,
    /// Where it listens.
    pub addresses: Vec<SocketAddr>,
    readiness: Readiness,
    sockets: CancellationToken,
    work: CancellationToken,
    workers: JoinSet<()>,
    handle: ServerHandle,
    http: JoinHandle<std::io::Result<()>>,
    shutdown_timeout: Duration,
}

/// Runs a server until it is asked to stop, and stops it gracefully.
///
/// # Errors
/// When it can't be started, or its HTTP side fails.
pub async fn serve(config: &Config, stores: Stores, telemetry: Telemetry) -> anyhow::Result<()> {
    stores.warn_of_embedded();
    let server = Server::start(config, stores, &telemetry).await?;
    let stopped = server.run_until_stopped().await;
    telemetry.shutdown(config.http.shutdown_timeout / 10).await;
    stopped
}

impl Server {
    /// Starts all of it. What it needs from outside need not be there yet.
    ///
    /// # Errors
    /// When it can't listen.
    pub async fn start(config: &Config, stores: Stores, telemetry: &Telemetry) -> anyhow::Result<Self> {
        let rules = LiveRules {
            plausibility: config.live.plausibility,
            freshness: config.live.freshness,
        };
        let live = Live::new(rules, Arc::clone(&stores.clock), telemetry.path_tracer());
        let registry_status = RegistryStatus::default();
        let readiness = Readiness::new(registry_status.clone());
        let (sockets, work) = (CancellationToken::new(), CancellationToken::new());
        let (http, addresses) = listen(config, &stores, &live, &readiness, telemetry, &sockets)?;
        let handle = http.handle();
        let migrating = match stores.database {
            Some(database) => migrate::unless_away(database).await,
            None => None,
        };
        let mut workers = Workers {
            live: Arc::clone(&live),
            bus: stores.bus,
            keys: stores.keys,
            dead_letters: stores.dead_letters,
            repository: stores.vehicles,
            log: stores.log,
            events: stores.events,
            registry_status,
            sync_interval: config.live.sync_interval,
        }
        .spawn(&work);
        if let Some(database) = migrating {
            workers.spawn(migrate::until_done(database, work.clone()));
        }
        let http = tokio::spawn(http);
        tracing::info!(addresses = ?addresses, "listening");
        let shutdown_timeout = config.http.shutdown_timeout;
        Ok(Self {
            live,
            addresses,
            readiness,
            sockets,
            work,
            workers,
            handle,
            http,
            shutdown_timeout,
        })
    }

    /// Waits until all vehicles are known.
    pub async fn until_ready(&self) {
        const LOOK_AGAIN: Duration = Duration::from_millis(10);
        while self.readiness.check().is_err() {
            tokio::time::sleep(LOOK_AGAIN).await;
        }
    }

    /// Runs until SIGTERM or SIGINT, then stops.
    ///
    /// # Errors
    /// When the HTTP side fails.
    pub async fn run_until_stopped(mut self) -> anyhow::Result<()> {
        let asked = CancellationToken::new();
        // Both are cancel-safe: the task of the HTTP side goes on when it is not the first.
        tokio::select! {
            asked = until_asked_to_stop(&asked) => asked?,
            ended = &mut self.http => return ended.context("the HTTP side failed")?.context("the HTTP side failed"),
        }
        tracing::info!("stopping");
        self.stop().await;
        tracing::info!("stopped");
        Ok(())
    }

    /// Not ready, then no new connections, requests finished, sockets closed, what is known written; all of it
    /// within the limit, whatever clients do.
    async fn stop(mut self) {
        let deadline = Instant::now() + self.shutdown_timeout;
        self.readiness.shut_down();
        self.sockets.cancel();
        let http_deadline = deadline - self.shutdown_timeout / 3;
        if timeout_at(http_deadline, self.handle.stop(true)).await.is_err() {
            tracing::warn!("some clients did not finish in time");
            self.handle.stop(false).await;
        }
        self.work.cancel();
        let ended = timeout_at(deadline - self.shutdown_timeout / 10, async {
            while self.workers.join_next().await.is_some() {}
        });
        if ended.await.is_err() {
            tracing::warn!("some work was not finished in time");
        }
    }
}

/// Binds the addresses and sets up the HTTP side.
fn listen(
    config: &Config,
    stores: &Stores,
    live: &Arc<Live>,
    readiness: &Readiness,
    telemetry: &Telemetry,
    stop_sockets: &CancellationToken,
) -> anyhow::Result<(actix_web::dev::Server, Vec<SocketAddr>)> {
    let gateway = gateway(config, stores, live, stop_sockets);
    let use_cases = UseCases::of(config, stores, live);
    let graphql = GraphqlApi::new(use_cases.graphql(), graphql_options(config), stop_sockets.clone());
    let health = CheckHealth::new(
        stores.database_dependency(),
        stores.redis.clone(),
        Arc::clone(live),
    );
    let rest = Rest {
        use_cases: Arc::new(use_cases.rest()),
        health,
        readiness: readiness.clone(),
        metrics: telemetry.metrics(),
    };
    let requests = telemetry.requests();
    let patience = config.ws.send_timeout + SLOW_CLIENT_GRACE;
    let server = HttpServer::new(move || {
        App::new()
            .wrap(requests.clone())
            .configure(console::configure)
            .configure(|app| gateway.clone().configure(app))
            .configure(|app| graphql.configure(app))
            .configure(|app| rest.configure(app))
    })
    .workers(config.http.workers)
    .on_connect(move |connection, _| prepare(connection, patience))
    .disable_signals()
    .shutdown_timeout(config.http.shutdown_timeout.as_secs().max(1));
    let bind = &config.http.bind;
    let server = server
        .bind((bind.host.as_str(), bind.port))
        .with_context(|| format!("FLEETWATCH_HTTP__BIND: {bind} can't be listened on"))?;
    let addresses = server.addrs();
    Ok((server.run(), addresses))
}

/// What the kernel does for a connection whose client stops reading: keep little, and end it in time. actix
/// does not look at a connection again while a write to it is stuck.
fn prepare(connection: &dyn Any, patience: Duration) {
    let Some(stream) = connection.downcast_ref::<TcpStream>() else {
        return;
    };
    let socket = SockRef::from(stream);
    let limited = socket
        .set_tcp_user_timeout(Some(patience))
        .and_then(|()| socket.set_send_buffer_size(SEND_BUFFER_BYTES));
    if let Err(error) = limited {
        tracing::debug!(%error, "a connection's limits could not be set");
    }
}

fn gateway(config: &Config, stores: &Stores, live: &Arc<Live>, stop: &CancellationToken) -> Gateway {
    let options = GatewayOptions {
        interval: config.live.interval,
        max_message_bytes: config.ws.max_message_bytes,
        ping_interval: config.ws.ping_interval,
        pong_timeout: config.ws.pong_timeout,
        send_timeout: config.ws.send_timeout,
        allowed_origins: config.http.cors_origins.clone(),
    };
    let connections = Connections::new(config.ws.max_connections, config.ws.max_connections_per_ip);
    Gateway::new(
        Arc::clone(live),
        Arc::clone(&stores.clock),
        options,
        connections,
        stop.clone(),
    )
}

fn graphql_options(config: &Config) -> GraphqlOptions {
    GraphqlOptions {
        max_depth: config.graphql.max_depth,
        max_complexity: config.graphql.max_complexity,
        max_aliases: config.graphql.max_aliases,
        max_batch: config.graphql.max_batch,
        timeout: config.graphql.timeout,
        introspection: config.graphql.introspection,
        allowed_origins: config.http.cors_origins.clone(),
        sockets: SocketOptions {
            max_connections: config.ws.max_connections,
            max_message_bytes: config.ws.max_message_bytes,
            ping_interval: config.ws.ping_interval,
            pong_timeout: config.ws.pong_timeout,
            send_timeout: config.ws.send_timeout,
            ..SocketOptions::default()
        },
    }
}

//! Starting, running and stopping.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use actix_web::dev::ServerHandle;
use anyhow::Context as _;
use application::{
    health::Readiness,
    live::{
        Live, LiveRules,
        workers::{RegistryStatus, Workers},
    },
};
use http_edge::ClientConnections;
use observability::Telemetry;
use tokio::{
    task::{JoinHandle, JoinSet},
    time::{Instant, timeout_at},
};
use tokio_util::sync::CancellationToken;

use super::{
    descriptors::Descriptors,
    doors::{Doors, client_connections},
    identity::{self, Identity},
    migrate, until_asked_to_stop,
};
use crate::{config::Config, stores::Stores};

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
    connections: Arc<ClientConnections>,
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
    for warning in &config.warnings {
        tracing::warn!("{warning}");
    }
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
            key_ttl: config.live.key_ttl,
        };
        let live = Live::new(rules, Arc::clone(&stores.clock), telemetry.path_tracer());
        let registry_status = RegistryStatus::default();
        let readiness = Readiness::new(registry_status.clone(), Arc::clone(&live));
        let (sockets, work) = (CancellationToken::new(), CancellationToken::new());
        let (identity, refusal_writer) = Identity::of(config, &stores)?;
        let descriptors = Descriptors::raise(config);
        let connections = client_connections(config, descriptors);
        let doors = Doors {
            config,
            stores: &stores,
            live: &live,
            identity: &identity,
            readiness: &readiness,
            telemetry,
            stop_sockets: &sockets,
            descriptors,
            connections: Arc::clone(&connections),
        };
        let (http, addresses) = doors.open()?;
        let handle = http.handle();
        let migrating = match stores.database {
            Some(database) => migrate::unless_away(database).await,
            None => None,
        };
        let first = config.auth.first_administrator.clone();
        // Where users are kept is made by a migration.
        let waiting = match &migrating {
            Some(_) => first,
            None => identity::make_first(first, &stores.users, &identity.hasher).await,
        };
        // Whoever waits until the server is ready may log in then.
        let waiting = waiting.map(|draft| (draft, readiness.hold()));
        let mut workers = Workers {
            live: Arc::clone(&live),
            bus: stores.bus,
            keys: stores.keys,
            dead_letters: stores.dead_letters,
            repository: stores.vehicles,
            log: stores.log,
            events: stores.events,
            identities: Arc::clone(&identity.identities),
            registry_status,
            sync_interval: config.live.sync_interval,
            max_messages_per_vehicle: config.live.max_messages_per_vehicle,
        }
        .spawn(&work);
        workers.spawn(refusal_writer.run(work.clone()));
        let (stop, swept) = (work.clone(), Arc::clone(&connections));
        workers.spawn(async move {
            // Cancel-safe: a sweep has no state.
            stop.run_until_cancelled(swept.sweep()).await;
        });
        let (users, hasher, stop) = (stores.users, Arc::clone(&identity.hasher), work.clone());
        workers.spawn(async move {
            if let Some(database) = migrating {
                migrate::until_done(database, stop.clone()).await;
            }
            if let Some((draft, hold)) = waiting {
                let made = identity::until_made(draft, users, hasher);
                stop.run_until_cancelled(made).await;
                drop(hold);
            }
        });
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
            connections,
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
        self.connections.hurry();
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

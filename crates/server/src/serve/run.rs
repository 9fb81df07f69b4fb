//! Lifecycle of a server.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use actix_web::dev::ServerHandle;
use anyhow::Context as _;
use application::{Application, audit::NoteRefusals, health::Readiness, live::Live, ports::Ports};
use http_edge::ClientConnections;
use observability::Telemetry;
use tokio::{
    task::JoinSet,
    time::{sleep_until, timeout_at},
};
use tokio_util::{sync::CancellationToken, task::AbortOnDropHandle};

use super::{
    descriptors::Descriptors,
    endpoints::{Endpoints, client_connections},
    gauges, identity, migrate,
    schedule::Schedule,
    settings::settings,
    shutdown::StopRequest,
};
use crate::{
    config::{Config, Shutdown},
    stores::Stores,
};

/// A running server and its background tasks.
pub struct Server {
    pub live: Arc<Live>,
    /// Addresses that it listens on, with the actual ports.
    pub addresses: Vec<SocketAddr>,
    readiness: Readiness,
    sockets: CancellationToken,
    work: CancellationToken,
    workers: JoinSet<()>,
    connections: Arc<ClientConnections>,
    handle: ServerHandle,
    http: AbortOnDropHandle<std::io::Result<()>>,
    shutdown: Shutdown,
}

/// Runs a server until `stop` is requested, then shuts it down gracefully.
///
/// # Errors
/// Fails if the server can't be started, or its HTTP server fails.
pub async fn serve(
    config: &Config,
    stores: Stores,
    telemetry: Telemetry,
    stop: &StopRequest,
) -> anyhow::Result<()> {
    stores.warn_of_embedded();
    for warning in &config.warnings {
        tracing::warn!("{warning}");
    }
    // The start may be cancelled anywhere: no request is being served, and the database rolls back a transaction when
    // its connection is closed.
    let started = tokio::select! {
        biased;
        () = stop.token().cancelled() => None,
        started = Server::start(config, stores, &telemetry) => Some(started),
    };
    let stopped = match started {
        Some(Ok(server)) => server.run_until_stopped(stop).await,
        Some(Err(fault)) => Err(fault),
        None => {
            tracing::info!("stopped while starting");
            Ok(())
        }
    };
    finish(telemetry, config, stop).await;
    stopped
}

/// Sends the remaining traces and writes the remaining log lines, within the time that is left for the shutdown.
pub async fn finish(telemetry: Telemetry, config: &Config, stop: &StopRequest) {
    let schedule = Schedule::new(stop.made_at(), config.http.shutdown);
    telemetry.shutdown(schedule.export_within(), schedule.logs).await;
}

impl Server {
    /// Starts a server. PostgreSQL and Redis don't have to be reachable yet.
    ///
    /// # Errors
    /// Fails if the server can't listen, has no usable signing key, or can't set up password hashing.
    pub async fn start(config: &Config, stores: Stores, telemetry: &Telemetry) -> anyhow::Result<Self> {
        let ports = Ports {
            tracer: telemetry.path_tracer(),
            log_control: telemetry.log_control(),
            ..stores.ports.clone()
        };
        let (refusals, refusal_writer) = NoteRefusals::new(Arc::clone(&ports.audit));
        let sampled = refusals.clone();
        let (auth, seal) = identity::auth_ports(config)?;
        let app = Application::new(ports, auth, settings(config, seal));
        let request_checks = identity::request_checks(config, &app, refusals);
        let readiness = Readiness::new(Arc::clone(app.live()));
        let (sockets, work) = (CancellationToken::new(), CancellationToken::new());
        let descriptors = Descriptors::raise(config);
        let connections = client_connections(config, descriptors);
        let endpoints = Endpoints {
            config,
            stores: &stores,
            app: &app,
            request_checks: &request_checks,
            readiness: &readiness,
            telemetry,
            stop_sockets: &sockets,
            descriptors,
            connections: Arc::clone(&connections),
        };
        let (http, addresses) = endpoints.open()?;
        let handle = http.handle();
        let migrating = match stores.database {
            Some(database) => migrate::if_available(database).await,
            None => None,
        };
        let first = config.auth.first_administrator.clone();
        // The table of users is created by a migration, so users can only be created after it.
        let waiting = match &migrating {
            Some(_) => first,
            None => identity::try_to_create_first(first, &app.users).await,
        };
        // Not ready before the first administrator exists, so a client that waits for readiness can log in.
        let waiting = waiting.map(|draft| (draft, readiness.hold()));
        let mut workers = app.spawn_workers(&work);
        workers.spawn(refusal_writer.run(work.clone()));
        workers.spawn(gauges::run(sampled, stores.pools.clone(), work.clone()));
        let (stop, swept) = (work.clone(), Arc::clone(&connections));
        workers.spawn(async move {
            // Cancel-safe: a sweep keeps no state.
            stop.run_until_cancelled(swept.sweep()).await;
        });
        let (live, stop) = (Arc::clone(app.live()), work.clone());
        workers.spawn(async move {
            if let Some(migration) = migrating {
                migration.until_done(stop.clone()).await;
            }
            if let Some((draft, hold)) = waiting {
                let made = identity::until_created(draft, &app.users);
                stop.run_until_cancelled(made).await;
                drop(hold);
            }
        });
        let http = AbortOnDropHandle::new(tokio::spawn(http));
        tracing::info!(addresses = ?addresses, "listening");
        let shutdown = config.http.shutdown;
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
            shutdown,
        })
    }

    /// Waits until the readiness check succeeds.
    pub async fn until_ready(&self) {
        const LOOK_AGAIN: Duration = Duration::from_millis(10);
        while self.readiness.check().is_err() {
            tokio::time::sleep(LOOK_AGAIN).await;
        }
    }

    /// Runs until `stop` is requested, then stops.
    ///
    /// # Errors
    /// Fails if the HTTP server fails.
    pub async fn run_until_stopped(mut self, stop: &StopRequest) -> anyhow::Result<()> {
        // Both branches are cancel-safe: the HTTP server is a separate task and continues if the signal arrives first.
        tokio::select! {
            () = stop.token().cancelled() => {}
            ended = &mut self.http => return ended.context("the HTTP server failed")?.context("the HTTP server failed"),
        }
        let drain_ms = u64::try_from(self.shutdown.drain.as_millis()).unwrap_or(u64::MAX);
        tracing::info!(drain_ms, "stopping");
        let schedule = Schedule::new(stop.made_at(), self.shutdown);
        self.stop(&schedule).await;
        tracing::info!("stopped");
        Ok(())
    }

    /// Shuts down: reports that the server is not ready, continues to serve while proxies notice this, closes sockets,
    /// stops accepting connections, finishes requests, and flushes keys. All of this stays within the schedule,
    /// regardless of the clients' behaviour.
    async fn stop(mut self, schedule: &Schedule) {
        self.readiness.shut_down();
        // Proxies may send requests, and clients may open sockets, until the next health check of the proxy. All of
        // them must succeed, and the client of a socket that was closed earlier would reconnect to this server.
        self.connections.drain();
        sleep_until(schedule.drained).await;
        self.connections.hurry();
        // Close the sockets before stopping the HTTP server, which waits for their connections.
        self.sockets.cancel();
        let finished = timeout_at(schedule.requests, self.handle.stop(true)).await;
        // The library looks for open connections once per second only, so it may wait although there are none.
        if finished.is_err() && !self.connections.is_empty() {
            tracing::warn!("some clients did not finish in time");
        }
        // Dropping the HTTP server closes the remaining connections. `ServerHandle::stop(false)` would not: the library
        // reads the command only after the graceful stop has ended.
        self.http.abort();
        let _ = timeout_at(schedule.workers, &mut self.http).await;
        // Stop the workers after the last request, whose changes they still have to store.
        self.work.cancel();
        let ended = timeout_at(schedule.workers, async {
            while self.workers.join_next().await.is_some() {}
        });
        if ended.await.is_err() {
            tracing::warn!("some background tasks did not finish in time");
        }
    }
}

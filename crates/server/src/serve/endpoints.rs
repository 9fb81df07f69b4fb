//! Assembly of the HTTP server: all endpoints and the middleware in front of them.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use actix_web::{
    App,
    middleware::{Condition, from_fn},
    web::Data,
};
use anyhow::Context as _;
use api_graphql::{GraphqlApi, GraphqlOptions, GraphqlParts, SocketOptions};
use api_rest::{MetricsEndpoint, Rest};
use api_ws::{Gateway, GatewayOptions, GatewayParts};
use application::{
    Application,
    health::{CheckHealth, Readiness},
    live::GroupLookup,
};
use http_edge::{
    ClientConnections, ConnectionLimits, ConnectionRules, Connections, RequestChecks, Site, TrustedProxies,
    as_site, track_requests, websocket::SocketRules, with_rate_limit,
};
use metrics::gauge;
use observability::{Telemetry, metrics::names};
use tokio_util::sync::CancellationToken;

use super::{
    compression::compressed,
    cors,
    descriptors::Descriptors,
    listening::{ListenRules, listen},
};
use crate::{config::Config, stores::Stores};

/// Time beyond `WS__SEND_TIMEOUT_MS` after which the kernel drops the connection of a client that reads nothing.
const SLOW_CLIENT_GRACE: Duration = Duration::from_secs(5);

/// Time for which an idle connection is kept. It is longer than in proxies (60 s in nginx and most load balancers),
/// because the client side must close first: otherwise a request may arrive on a connection that is just being closed.
const KEEP_ALIVE: Duration = Duration::from_secs(75);

/// Time limit for receiving the head of a request.
const HEAD_TIMEOUT: Duration = Duration::from_secs(10);

/// Parts from which the HTTP endpoints are built.
pub(super) struct Endpoints<'a> {
    pub(super) config: &'a Config,
    pub(super) stores: &'a Stores,
    pub(super) app: &'a Arc<Application>,
    pub(super) request_checks: &'a RequestChecks,
    pub(super) readiness: &'a Readiness,
    pub(super) telemetry: &'a Telemetry,
    pub(super) stop_sockets: &'a CancellationToken,
    pub(super) descriptors: Descriptors,
    pub(super) connections: Arc<ClientConnections>,
}

/// Creates the registry of client connections, limited by the available descriptors.
pub(super) fn client_connections(config: &Config, descriptors: Descriptors) -> Arc<ClientConnections> {
    let rules = ConnectionRules {
        all: descriptors.for_connections(),
        per_address: config.http.max_connections_per_ip,
        idle: KEEP_ALIVE,
        head: HEAD_TIMEOUT,
    };
    let proxies = TrustedProxies::new(config.http.trusted_proxies.clone());
    ClientConnections::new(rules, proxies)
}

impl Endpoints<'_> {
    /// Binds the addresses and builds the HTTP server, which runs once it is polled.
    pub(super) fn open(&self) -> anyhow::Result<(actix_web::dev::Server, Vec<SocketAddr>)> {
        let config = self.config;
        let gateway = self.gateway();
        let graphql = self.graphql();
        let rest = self.rest();
        let requests = self.telemetry.requests();
        let origins = config.http.cors_origins.clone();
        let shows_graphiql = config.http.graphiql;
        let proxies = TrustedProxies::new(config.http.trusted_proxies.clone());
        let site = Data::new(Site::new(config.http.allowed_hosts.clone(), proxies));
        let connections = Data::new(Arc::clone(&self.connections));
        let app = move || {
            App::new()
                .app_data(site.clone())
                .app_data(connections.clone())
                // The middleware added last is the outermost.
                .wrap(from_fn(with_rate_limit))
                .wrap(from_fn(compressed))
                .wrap(Condition::new(
                    !origins.is_empty(),
                    cors::allowing(origins.clone()),
                ))
                .wrap(from_fn(as_site))
                .wrap(from_fn(track_requests))
                .wrap(requests.clone())
                .configure(console::serve_screen)
                .configure(|app| {
                    if shows_graphiql {
                        console::serve_graphiql(app);
                    }
                })
                .configure(|app| gateway.clone().configure(app))
                .configure(|app| graphql.configure(app))
                .configure(|app| rest.configure(app))
        };
        let rules = ListenRules {
            workers: config.http.workers,
            max_connections: self.descriptors.for_connections() + self.descriptors.in_passing(),
            keep_alive: KEEP_ALIVE,
            patience: config.ws.send_timeout + SLOW_CLIENT_GRACE,
        };
        let bind = &config.http.bind;
        listen(bind, rules, &self.connections, app)
            .with_context(|| format!("FLEETWATCH_HTTP__BIND: cannot listen on {bind}"))
    }

    fn rest(&self) -> Rest {
        let http = &self.config.http;
        let metrics_endpoint = match (&http.metrics_token, http.metrics) {
            (Some(token), _) => MetricsEndpoint::Token(token.clone()),
            (None, true) => MetricsEndpoint::Open,
            (None, false) => MetricsEndpoint::Closed,
        };
        let health = CheckHealth::new(
            self.stores.database_dependency(),
            self.stores.redis.clone(),
            Arc::clone(&self.stores.ports.bus),
            self.app.bridges.clone(),
            Arc::clone(self.app.live()),
        );
        Rest {
            app: Arc::clone(self.app),
            request_checks: self.request_checks.clone(),
            key_set: self.app.authenticate.key_set(),
            shows_docs: http.docs,
            asyncapi: api_ws::asyncapi::json(),
            metrics_endpoint,
            health,
            readiness: self.readiness.clone(),
            metrics: self.telemetry.metrics(),
        }
    }

    fn gateway(&self) -> Gateway {
        let options = GatewayOptions {
            interval: self.config.live.interval,
            sockets: self.socket_rules(),
        };
        let parts = GatewayParts {
            live: Arc::clone(self.app.live()),
            groups: GroupLookup::new(Arc::clone(self.app.live()), Arc::clone(&self.stores.ports.groups)),
            clock: Arc::clone(&self.stores.ports.clock),
            request_checks: self.request_checks.clone(),
            connections: Connections::new(self.connection_limits(), |count| {
                gauge!(names::WS_CONNECTIONS).set(count as f64);
            }),
        };
        Gateway::new(parts, options, self.stop_sockets.clone())
    }

    fn graphql(&self) -> GraphqlApi {
        let graphql = &self.config.graphql;
        let options = GraphqlOptions {
            max_depth: graphql.max_depth,
            max_complexity: graphql.max_complexity,
            max_aliases: graphql.max_aliases,
            max_batch: graphql.max_batch,
            timeout: graphql.timeout,
            introspection: graphql.introspection,
            sockets: SocketOptions {
                rules: self.socket_rules(),
                ..SocketOptions::default()
            },
        };
        let parts = GraphqlParts {
            app: Arc::clone(self.app),
            request_checks: self.request_checks.clone(),
            connections: Connections::new(self.connection_limits(), |_| {}),
            tracer: self.telemetry.path_tracer(),
        };
        GraphqlApi::new(parts, options, self.stop_sockets.clone())
    }

    fn socket_rules(&self) -> SocketRules {
        let ws = &self.config.ws;
        SocketRules {
            messages_per_second: ws.max_messages_per_second,
            max_message_bytes: ws.max_message_bytes,
            ping_interval: ws.ping_interval,
            pong_timeout: ws.pong_timeout,
            send_timeout: ws.send_timeout,
            allowed_origins: self.config.http.cors_origins.clone(),
        }
    }

    fn connection_limits(&self) -> ConnectionLimits {
        let ws = &self.config.ws;
        ConnectionLimits {
            all: ws.max_connections,
            per_address: ws.max_connections_per_ip,
            per_user: ws.max_connections_per_user,
        }
    }
}

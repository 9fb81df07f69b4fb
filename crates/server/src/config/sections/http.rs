//! The `HTTP__*` settings.

use http_edge::AllowedHost;
use ipnet::IpNet;
use secrecy::SecretString;

use super::{machine::cores, shutdown::Shutdown};
use crate::config::{
    BindAddress, Environment,
    declaration::Fallback,
    mask::hidden,
    reader::Reader,
    secret::token,
    shape::Shape,
    value::{flag, list, network, number, origin, parsed},
};

/// The `HTTP__*` settings.
#[derive(Debug, Clone)]
pub struct Http {
    /// Address to listen on.
    pub bind: BindAddress,
    /// Other origins whose pages may call the server, in the form that browsers send: scheme, host and port.
    pub cors_origins: Vec<String>,
    /// Number of threads that serve requests, from 1 to 1,024.
    pub workers: usize,
    /// Addresses of proxies whose `X-Forwarded-For` and `X-Forwarded-Proto` headers are trusted.
    pub trusted_proxies: Vec<IpNet>,
    /// Host names that requests may use. If empty, any name is accepted.
    pub allowed_hosts: Vec<AllowedHost>,
    /// Maximum number of concurrent connections per client address, not counting open sockets.
    pub max_connections_per_ip: usize,
    /// Time limits of a graceful shutdown.
    pub shutdown: Shutdown,
    /// Whether `/docs` and the OpenAPI and AsyncAPI documents are served.
    pub docs: bool,
    /// Whether `/graphiql` is served.
    pub graphiql: bool,
    /// Whether `/metrics` is served without a token.
    pub metrics: bool,
    /// Bearer token for `/metrics`. If set, it is required even if `metrics` is true.
    pub metrics_token: Option<SecretString>,
}

impl Http {
    pub(in crate::config) fn read(from: &mut Reader) -> Self {
        // Documentation, GraphiQL and open metrics also help attackers, so production has to opt in.
        let open = if from.environment() == Environment::Production {
            "false"
        } else {
            "true"
        };
        Self {
            bind: Self::bind(from),
            cors_origins: from.value(
                "HTTP__CORS_ORIGINS",
                "Other origins whose pages may call the REST and GraphQL APIs (CORS, without cookies) and open \
                 sockets; host names with non-ASCII characters are compared in their ASCII form (Punycode)",
                "none",
                list("origins such as https://fleet.example:8443, separated by commas", origin()),
            ),
            workers: from.value(
                "HTTP__WORKERS",
                "Number of threads that serve requests",
                Fallback::of_this_machine(cores().min(1024).to_string(), "the number of CPU cores"),
                number(1..=1024),
            ),
            trusted_proxies: from.value_of_production(
                "HTTP__TRUSTED_PROXIES",
                "Proxies whose `X-Forwarded-For` and `X-Forwarded-Proto` are trusted; `none` if there is no proxy",
                "none",
                list("addresses and networks such as 10.1.0.0/16, separated by commas", network()),
                "the addresses of the proxies in front of this server, or none if clients connect directly",
            ),
            allowed_hosts: Self::allowed_hosts(from),
            max_connections_per_ip: from.value(
                "HTTP__MAX_CONNECTIONS_PER_IP",
                "Maximum number of concurrent connections from one address (for IPv6, from one /64 network); open \
                 WebSockets and connections from trusted proxies are not counted",
                "1000",
                number(1..=10_000_000),
            ),
            shutdown: Shutdown::read(from),
            docs: from.value(
                "HTTP__DOCS",
                "Whether `/docs`, `/api/openapi.json` and `/api/asyncapi.json` are served",
                open,
                flag(),
            ),
            graphiql: from.value("HTTP__GRAPHIQL", "Whether `/graphiql` is served", open, flag()),
            metrics: from.value(
                "HTTP__METRICS",
                "Whether `/metrics` is public; has no effect if `HTTP__METRICS_TOKEN` is set",
                open,
                flag(),
            ),
            metrics_token: from.secret(
                "HTTP__METRICS_TOKEN",
                "Bearer token that `/metrics` requires; if it is set, `/metrics` is available even if `HTTP__METRICS` \
                 is `false`",
                token(),
                hidden,
            ),
        }
    }

    /// Reads `HTTP__BIND`.
    pub(in crate::config) fn bind(from: &mut Reader) -> BindAddress {
        from.value(
            "HTTP__BIND",
            "Address on which the server listens; with port 0, the system chooses a free port",
            "127.0.0.1:8080",
            parsed(Shape::text_like("host:port", BindAddress::PATTERN)),
        )
    }

    /// Reads `HTTP__ALLOWED_HOSTS`.
    pub(in crate::config) fn allowed_hosts(from: &mut Reader) -> Vec<AllowedHost> {
        from.value(
            "HTTP__ALLOWED_HOSTS",
            "Host names that the server accepts in the header `Host`. A name without a port is accepted with any port; \
             a name with a port is only accepted with that port (a `Host` without a port matches 80 and 443). Requests \
             with any other host get 421. IPv6 addresses are written in brackets. With `none`, every host is accepted",
            "none",
            list(
                "hosts with or without a port, separated by commas",
                parsed(Shape::text_like(
                    "a host such as fleet.example or fleet.example:8443",
                    AllowedHost::PATTERN,
                )),
            ),
        )
    }
}

//! Settings by section. Each setting is declared once, with its name, default, type and range.

use std::{num::NonZero, path::PathBuf, thread, time::Duration};

use adapters_auth::{PublicKey, SigningKey};
use adapters_postgres::DatabaseUrl;
use adapters_redis::{KeyStyle, RedisUrl};
use application::{live::LiveRules, users::UserDraft};
use domain::{
    PasswordPolicy, Username, Violations,
    telemetry::{FreshnessRules, PlausibilityRules},
};
use http_edge::AllowedHost;
use ipnet::IpNet;
use secrecy::SecretString;
use url::Url;

use super::{
    BindAddress, Environment,
    reader::Reader,
    secret::{hidden, password, token, without_passwords},
    signing_key,
    value::{
        self, flag, list, log_filter, millis, network, not_zero, number, one_of, origin, otlp_url, parsed,
        path, seconds, username,
    },
};

const DAY_MS: u64 = 86_400_000;
const DAY_S: u64 = 86_400;
const MEGABYTE: u64 = 1_000_000;
const YEAR_S: u64 = 366 * DAY_S;

/// Settings `DATA__*`.
#[derive(Debug, Clone)]
pub struct Data {
    /// Directory for the files that the server creates, such as the generated signing key.
    pub dir: PathBuf,
}

impl Data {
    pub(super) fn read(from: &mut Reader) -> Self {
        Self {
            dir: from.value("DATA__DIR", ".fleetwatch", path),
        }
    }
}

/// Settings `HTTP__*`.
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
    /// Time limit of a graceful shutdown.
    pub shutdown_timeout: Duration,
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
    pub(super) fn read(from: &mut Reader) -> Self {
        let cores = thread::available_parallelism().map_or(1, NonZero::get);
        // Documentation, GraphiQL and open metrics also help attackers, so production has to opt in.
        let open = if from.environment() == Environment::Production {
            "false"
        } else {
            "true"
        };
        Self {
            bind: Self::bind(from),
            cors_origins: from.value("HTTP__CORS_ORIGINS", "none", list(origin)),
            workers: from.value("HTTP__WORKERS", cores.min(1024).to_string(), number(1..=1024)),
            trusted_proxies: from.value_of_production(
                "HTTP__TRUSTED_PROXIES",
                "none",
                list(network),
                "the addresses of the proxies in front of this server, or none if clients connect directly",
            ),
            allowed_hosts: Self::allowed_hosts(from),
            max_connections_per_ip: from.value(
                "HTTP__MAX_CONNECTIONS_PER_IP",
                "1000",
                number(1..=10_000_000),
            ),
            shutdown_timeout: from.value("HTTP__SHUTDOWN_TIMEOUT_MS", "10000", millis(1..=600_000)),
            docs: from.value("HTTP__DOCS", open, flag),
            graphiql: from.value("HTTP__GRAPHIQL", open, flag),
            metrics: from.value("HTTP__METRICS", open, flag),
            metrics_token: from.secret("HTTP__METRICS_TOKEN", token, hidden),
        }
    }

    pub(super) fn bind(from: &mut Reader) -> BindAddress {
        from.value("HTTP__BIND", "127.0.0.1:8080", parsed)
    }

    pub(super) fn allowed_hosts(from: &mut Reader) -> Vec<AllowedHost> {
        from.value("HTTP__ALLOWED_HOSTS", "none", list(parsed))
    }
}

/// Settings `DATABASE__*`.
#[derive(Debug, Clone)]
pub struct Database {
    /// PostgreSQL URL; `None` for the embedded store.
    pub url: Option<DatabaseUrl>,
    /// URL of the same database with the role that owns the tables, for `fleetwatch migrate`. `None` if that is the
    /// server's own role.
    pub owner_url: Option<DatabaseUrl>,
    /// Maximum number of connections that this server opens.
    pub pool_size: usize,
}

impl Database {
    pub(super) fn read(from: &mut Reader) -> Self {
        Self {
            url: from.store_of_production("DATABASE__URL", parsed),
            owner_url: from.secret("DATABASE__OWNER_URL", parsed, without_passwords),
            pool_size: from.value("DATABASE__POOL_SIZE", "10", number(1..=1000)),
        }
    }
}

/// Settings `REDIS__*`.
#[derive(Debug, Clone)]
pub struct Redis {
    /// URL of a Redis server, cluster or Sentinel service; `None` for the embedded store.
    pub url: Option<RedisUrl>,
    /// Maximum number of connections for commands, in a cluster to each master. Pub/Sub has separate connections.
    pub pool_size: usize,
    /// Format of vehicles' key names, with or without a cluster hash tag.
    pub key_style: KeyStyle,
    /// Number of shards of each channel on which robots publish. With 1 there are only the plain channels.
    pub channel_shards: NonZero<u16>,
}

impl Redis {
    /// Maximum number of shards. Every server subscribes to all of them.
    const MAX_SHARDS: NonZero<u16> = NonZero::new(1_024).expect("not zero");

    pub(super) fn read(from: &mut Reader) -> Self {
        const STYLES: &[(&str, KeyStyle)] = &[("tagged", KeyStyle::Tagged), ("plain", KeyStyle::Plain)];
        let url = from.store_of_production("REDIS__URL", parsed::<RedisUrl>);
        let key_style = from.value("REDIS__KEY_STYLE", "tagged", one_of(STYLES));
        let is_cluster = url.as_ref().is_some_and(RedisUrl::is_cluster);
        from.rule(&["REDIS__KEY_STYLE", "REDIS__URL"], key_style == KeyStyle::Tagged || !is_cluster, || {
            "must be tagged with Redis Cluster: in plain style, the keys of a vehicle lie in different slots \
             and cannot be updated atomically"
                .to_owned()
        });
        Self {
            url,
            pool_size: from.value("REDIS__POOL_SIZE", "8", number(1..=1000)),
            key_style,
            channel_shards: from.value(
                "REDIS__CHANNEL_SHARDS",
                "1",
                number(NonZero::<u16>::MIN..=Self::MAX_SHARDS),
            ),
        }
    }
}

/// Settings `LIVE__*`.
#[derive(Debug, Clone)]
pub struct Live {
    /// Delivery interval for clients that do not request one.
    pub interval: Duration,
    /// Durations of silence after which a vehicle is stale and then disconnected.
    pub freshness: FreshnessRules,
    /// Time for which a vehicle's keys outlive its last message.
    pub key_ttl: Duration,
    /// Minimum time between two writes of one vehicle's keys.
    pub sync_interval: Duration,
    /// Rules that positions must meet: bounds, maximum speed, maximum jump.
    pub plausibility: PlausibilityRules,
    /// Maximum size of a message from Redis, in bytes.
    pub max_message_bytes: usize,
    /// Maximum number of messages per vehicle and second. Above it, newer messages replace waiting ones.
    pub max_messages_per_vehicle: NonZero<u32>,
}

impl Live {
    /// Maximum time by which a robot's clock may be ahead of the server's.
    const MAX_AHEAD_MS: i64 = 5_000;
    /// Number of consecutive samples, consistent with each other, after which a vehicle is considered relocated.
    const RELOCATION_SAMPLES: u32 = 5;

    /// Returns the rules of the live core.
    #[must_use]
    pub const fn rules(&self) -> LiveRules {
        LiveRules {
            plausibility: self.plausibility,
            freshness: self.freshness,
            key_ttl: self.key_ttl,
        }
    }

    pub(super) fn read(from: &mut Reader) -> Self {
        let interval = from.value("LIVE__INTERVAL_MS", "100", millis(1..=10_000));
        let freshness = FreshnessRules {
            stale_after: from.value("LIVE__STALE_AFTER_MS", "5000", millis(1..=DAY_MS)),
            disconnected_after: from.value("LIVE__DISCONNECTED_AFTER_MS", "30000", millis(1..=DAY_MS)),
        };
        from.rule(
            &["LIVE__DISCONNECTED_AFTER_MS", "LIVE__STALE_AFTER_MS"],
            freshness.disconnected_after >= freshness.stale_after,
            || "must not be less than LIVE__STALE_AFTER_MS, which takes effect first".to_owned(),
        );
        let key_ttl = from.value("LIVE__KEY_TTL_S", "86400", seconds(1..=YEAR_S));
        let sync_interval = from.value("LIVE__SYNC_INTERVAL_MS", "1000", millis(1..=DAY_MS));
        from.rule(
            &["LIVE__KEY_TTL_S", "LIVE__SYNC_INTERVAL_MS"],
            key_ttl > sync_interval,
            || {
                "must be longer than LIVE__SYNC_INTERVAL_MS: otherwise keys expire between two writes"
                    .to_owned()
            },
        );
        let bounds = "-10000,-10000,-1000,10000,10000,1000";
        let plausibility = PlausibilityRules {
            bounds: from.value("LIVE__BOUNDS", bounds, parsed),
            max_speed_mps: from.value("LIVE__MAX_SPEED_MPS", "30", number(0.001..=10_000.0)),
            max_jump_m: from.value("LIVE__MAX_JUMP_M", "10", number(0.0..=1_000_000.0)),
            max_ahead_ms: Self::MAX_AHEAD_MS,
            relocation_samples: Self::RELOCATION_SAMPLES,
        };
        let max_message_bytes = from.value("LIVE__MAX_MESSAGE_BYTES", "1048576", number(1024..=536_870_912));
        let max_messages_per_vehicle =
            from.value("LIVE__MAX_MESSAGES_PER_VEHICLE_PER_S", "200", not_zero(1_000_000));
        Self {
            interval,
            freshness,
            key_ttl,
            sync_interval,
            plausibility,
            max_message_bytes,
            max_messages_per_vehicle,
        }
    }
}

/// Settings `WS__*`, for `/ws` and `/graphql/ws`. The limits on connections apply to each of the two endpoints.
#[derive(Debug, Clone)]
pub struct Ws {
    /// Maximum number of concurrent sockets.
    pub max_connections: usize,
    /// Maximum number of concurrent sockets per client address.
    pub max_connections_per_ip: usize,
    /// Maximum number of concurrent sockets per user.
    pub max_connections_per_user: usize,
    /// Sustained number of frames per second that a client may send.
    pub max_messages_per_second: NonZero<u32>,
    /// Maximum size of a client's message, in bytes.
    pub max_message_bytes: usize,
    /// Time between two pings.
    pub ping_interval: Duration,
    /// Time limit for the answer to a ping.
    pub pong_timeout: Duration,
    /// Time for which a client may read nothing before its socket is closed.
    pub send_timeout: Duration,
}

impl Ws {
    pub(super) fn read(from: &mut Reader) -> Self {
        Self {
            max_connections: from.value("WS__MAX_CONNECTIONS", "50000", number(1..=10_000_000)),
            max_connections_per_ip: from.value("WS__MAX_CONNECTIONS_PER_IP", "10000", number(1..=10_000_000)),
            max_connections_per_user: from.value(
                "WS__MAX_CONNECTIONS_PER_USER",
                "10000",
                number(1..=10_000_000),
            ),
            max_messages_per_second: from.value("WS__MAX_MESSAGES_PER_SECOND", "100", not_zero(1_000_000)),
            max_message_bytes: from.value("WS__MAX_MESSAGE_BYTES", "65536", number(256..=16_777_216)),
            ping_interval: from.value("WS__PING_INTERVAL_MS", "15000", millis(10..=DAY_MS)),
            pong_timeout: from.value("WS__PONG_TIMEOUT_MS", "30000", millis(10..=DAY_MS)),
            send_timeout: from.value("WS__SEND_TIMEOUT_MS", "60000", millis(10..=DAY_MS)),
        }
    }
}

/// Settings `AUTH__*`.
#[derive(Debug, Clone)]
pub struct Auth {
    /// Lifetime of an access token.
    pub access_ttl: Duration,
    /// Lifetime of a refresh token.
    pub refresh_ttl: Duration,
    /// Lifetime of a session, regardless of how often it is refreshed.
    pub session_ttl: Duration,
    /// Policy for new passwords.
    pub passwords: PasswordPolicy,
    /// Key that signs access tokens. If `None`, a key is generated and kept in the data directory.
    pub signing_key: Option<SigningKey>,
    /// Replaced keys whose access tokens are still accepted.
    pub previous_keys: Vec<PublicKey>,
    /// Issuer named in the tokens.
    pub issuer: String,
    /// First administrator, created if there are no users yet.
    pub first_administrator: Option<UserDraft>,
}

impl Auth {
    pub(super) fn read(from: &mut Reader) -> Self {
        let access_ttl = from.value("AUTH__ACCESS_TTL_S", "900", seconds(1..=DAY_S));
        let refresh_ttl = from.value("AUTH__REFRESH_TTL_S", "1209600", seconds(1..=YEAR_S));
        from.rule(
            &["AUTH__REFRESH_TTL_S", "AUTH__ACCESS_TTL_S"],
            refresh_ttl >= access_ttl,
            || "must not be less than AUTH__ACCESS_TTL_S".to_owned(),
        );
        let session_ttl = from.value("AUTH__SESSION_TTL_S", "2592000", seconds(1..=YEAR_S));
        from.rule(
            &["AUTH__SESSION_TTL_S", "AUTH__ACCESS_TTL_S"],
            session_ttl >= access_ttl,
            || "must not be less than AUTH__ACCESS_TTL_S".to_owned(),
        );
        let signing_key = from.key_of_production("AUTH__SIGNING_KEY", signing_key::private);
        let previous_keys = from.secret("AUTH__PREVIOUS_KEYS", signing_key::public, hidden);
        let issuer = from.value("AUTH__ISSUER", "fleetwatch", value::text);
        let username = from.optional("AUTH__ADMIN_USERNAME", username);
        let password = from.secret("AUTH__ADMIN_PASSWORD", password, hidden);
        from.rule(
            &["AUTH__ADMIN_PASSWORD", "AUTH__ADMIN_USERNAME"],
            username.is_some() == password.is_some(),
            || "must be given if and only if AUTH__ADMIN_USERNAME is given".to_owned(),
        );
        let passwords = PasswordPolicy::of_at_least(from.value(
            "AUTH__PASSWORD_MIN_LENGTH",
            "12",
            value::number(PasswordPolicy::LEAST..=PasswordPolicy::MOST),
        ));
        let draft = |(username, password): (Username, SecretString)| {
            UserDraft::of_first_administrator(username.as_str(), password, passwords)
        };
        let first_administrator = username.zip(password).map(draft).transpose();
        let fault = first_administrator.as_ref().err().map(fault_of);
        from.rule(&["AUTH__ADMIN_PASSWORD"], fault.is_none(), || {
            fault.clone().unwrap_or_default()
        });
        Self {
            access_ttl,
            refresh_ttl,
            session_ttl,
            passwords,
            signing_key,
            previous_keys: previous_keys.unwrap_or_default(),
            issuer,
            first_administrator: first_administrator.ok().flatten(),
        }
    }
}

/// Joins the violations of the first administrator into one message. The username was checked by its own setting.
fn fault_of(faults: &Violations) -> String {
    let messages = faults.iter().map(|fault| fault.message.as_str());
    messages.collect::<Vec<_>>().join("; ")
}

/// Settings `LIMITS__*`.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Sustained number of requests per second for each user or, before log-in, client address.
    pub api_per_second: NonZero<u32>,
    /// Number of requests that are accepted in a burst after a pause.
    pub api_burst: NonZero<u32>,
    /// Number of log-in attempts per minute for each account and client address.
    pub login_per_minute: NonZero<u32>,
    /// Maximum total size of request bodies in memory, in bytes.
    pub body_bytes: usize,
    /// Part of `body_bytes` that each client address, and each user, may use.
    pub body_bytes_per_client: usize,
}

impl Limits {
    pub(super) fn read(from: &mut Reader) -> Self {
        const MIB: usize = 1024 * 1024;
        let body_bytes = from.value("LIMITS__BODY_BYTES", "67108864", number(16 * MIB..=65_536 * MIB));
        let body_bytes_per_client = from.value(
            "LIMITS__BODY_BYTES_PER_CLIENT",
            "33554432",
            number(16 * MIB..=65_536 * MIB),
        );
        from.rule(
            &["LIMITS__BODY_BYTES_PER_CLIENT", "LIMITS__BODY_BYTES"],
            body_bytes_per_client <= body_bytes,
            || "must not be greater than LIMITS__BODY_BYTES".to_owned(),
        );
        Self {
            api_per_second: from.value("LIMITS__API_PER_SECOND", "100", not_zero(1_000_000)),
            api_burst: from.value("LIMITS__API_BURST", "1000", not_zero(1_000_000)),
            login_per_minute: from.value("LIMITS__LOGIN_PER_MINUTE", "30", not_zero(60_000)),
            body_bytes,
            body_bytes_per_client,
        }
    }
}

/// Settings `GRAPHQL__*`.
#[derive(Debug, Clone)]
pub struct Graphql {
    /// Maximum nesting depth of a query.
    pub max_depth: usize,
    /// Maximum complexity of a query: the number of its fields, with the fields below a page counted once per item.
    pub max_complexity: usize,
    /// Maximum number of aliased fields in a document.
    pub max_aliases: usize,
    /// Maximum number of operations in one HTTP request.
    pub max_batch: usize,
    /// Time limit of one HTTP request.
    pub timeout: Duration,
    /// Whether clients may query the schema.
    pub introspection: bool,
}

impl Graphql {
    pub(super) fn read(from: &mut Reader) -> Self {
        let introspection = if from.environment() == Environment::Production {
            "false"
        } else {
            "true"
        };
        Self {
            max_depth: from.value("GRAPHQL__MAX_DEPTH", "12", number(1..=64)),
            max_complexity: from.value("GRAPHQL__MAX_COMPLEXITY", "20000", number(1..=10_000_000)),
            max_aliases: from.value("GRAPHQL__MAX_ALIASES", "100", number(0..=10_000)),
            max_batch: from.value("GRAPHQL__MAX_BATCH", "10", number(1..=1_000)),
            timeout: from.value("GRAPHQL__TIMEOUT_MS", "10000", millis(1..=600_000)),
            introspection: from.value("GRAPHQL__INTROSPECTION", introspection, flag),
        }
    }
}

/// Settings `LOG__*`.
#[derive(Debug, Clone)]
pub struct Log {
    /// A level, or filter directives in the syntax of `tracing_subscriber::EnvFilter`.
    pub level: String,
    /// Format of the lines on the console.
    pub format: LogFormat,
    /// Additional log file, with one JSON object per line.
    pub file: Option<PathBuf>,
    /// Size in bytes at which the log file is rotated.
    pub file_max_bytes: u64,
    /// Number of rotated files that are kept.
    pub file_keep: usize,
}

/// Format of a log line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// Text that is easy to read.
    Pretty,
    /// One JSON object per line.
    Json,
}

impl Log {
    pub(super) fn read(from: &mut Reader) -> Self {
        const FORMATS: &[(&str, LogFormat)] = &[("pretty", LogFormat::Pretty), ("json", LogFormat::Json)];
        let format = if from.environment() == Environment::Development {
            "pretty"
        } else {
            "json"
        };
        Self {
            level: from.value("LOG__LEVEL", "info", log_filter),
            format: from.value("LOG__FORMAT", format, one_of(FORMATS)),
            file: from.optional("LOG__FILE", path),
            file_max_bytes: from.value("LOG__FILE_MAX_MB", "100", number(1..=1_000_000)) * MEGABYTE,
            file_keep: from.value("LOG__FILE_KEEP", "7", number(0..=1_000)),
        }
    }
}

/// Settings `TELEMETRY__*`.
#[derive(Debug, Clone)]
pub struct Telemetry {
    /// Base URL of an OTLP/HTTP receiver. If `None`, no traces are exported.
    pub otlp_endpoint: Option<Url>,
    /// Share of traces to sample, from 0 to 1, unless the caller has made the sampling decision.
    pub sample_ratio: f64,
    /// Maximum number of sampled traces per second, including those that a caller decided to sample.
    pub max_traces_per_s: u32,
}

impl Telemetry {
    pub(super) fn read(from: &mut Reader) -> Self {
        Self {
            otlp_endpoint: from.optional("TELEMETRY__OTLP_ENDPOINT", otlp_url),
            sample_ratio: from.value("TELEMETRY__SAMPLE_RATIO", "0.01", number(0.0..=1.0)),
            max_traces_per_s: from.value("TELEMETRY__MAX_TRACES_PER_S", "100", number(1..=1_000_000)),
        }
    }
}

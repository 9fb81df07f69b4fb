//! The settings, section by section, each declared in one line: its name, its default, its type and range.

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

/// `DATA__*`
#[derive(Debug, Clone)]
pub struct Data {
    /// The directory of what the server keeps on disk by itself.
    pub dir: PathBuf,
}

impl Data {
    pub(super) fn read(from: &mut Reader) -> Self {
        Self {
            dir: from.value("DATA__DIR", ".fleetwatch", path),
        }
    }
}

/// `HTTP__*`
#[derive(Debug, Clone)]
pub struct Http {
    /// Where the server listens.
    pub bind: BindAddress,
    /// The origins, besides the server's own, whose pages may talk to it, as browsers write them.
    pub cors_origins: Vec<String>,
    /// How many threads serve requests.
    pub workers: usize,
    /// Whose `X-Forwarded-For` and `X-Forwarded-Proto` are believed.
    pub trusted_proxies: Vec<IpNet>,
    /// By which names the server may be called; by any when there are none.
    pub allowed_hosts: Vec<AllowedHost>,
    /// The most connections at once of one address.
    pub max_connections_per_ip: usize,
    /// How long a graceful shutdown may take.
    pub shutdown_timeout: Duration,
    /// Whether `/docs` and the OpenAPI document are served.
    pub docs: bool,
    /// Whether `/graphiql` is served.
    pub graphiql: bool,
    /// Whether `/metrics` is served to everybody.
    pub metrics: bool,
    /// What has to be shown at `/metrics` instead.
    pub metrics_token: Option<SecretString>,
}

impl Http {
    pub(super) fn read(from: &mut Reader) -> Self {
        let cores = thread::available_parallelism().map_or(1, NonZero::get);
        // What helps developers helps attackers too.
        let open = if from.environment() == Environment::Production {
            "false"
        } else {
            "true"
        };
        Self {
            bind: from.value("HTTP__BIND", "127.0.0.1:8080", parsed),
            cors_origins: from.value("HTTP__CORS_ORIGINS", "none", list(origin)),
            workers: from.value("HTTP__WORKERS", cores.min(1024).to_string(), number(1..=1024)),
            trusted_proxies: from.value_of_production(
                "HTTP__TRUSTED_PROXIES",
                "none",
                list(network),
                "the addresses of the proxies in front of this server, or none when clients connect to it directly",
            ),
            allowed_hosts: from.value("HTTP__ALLOWED_HOSTS", "none", list(parsed)),
            max_connections_per_ip: from.value("HTTP__MAX_CONNECTIONS_PER_IP", "1000", number(1..=10_000_000)),
            shutdown_timeout: from.value("HTTP__SHUTDOWN_TIMEOUT_MS", "10000", millis(1..=600_000)),
            docs: from.value("HTTP__DOCS", open, flag),
            graphiql: from.value("HTTP__GRAPHIQL", open, flag),
            metrics: from.value("HTTP__METRICS", open, flag),
            metrics_token: from.secret("HTTP__METRICS_TOKEN", token, hidden),
        }
    }
}

/// `DATABASE__*`
#[derive(Debug, Clone)]
pub struct Database {
    /// PostgreSQL; none for the embedded store.
    pub url: Option<DatabaseUrl>,
    /// The same database as the role that owns the tables, for `fleetwatch migrate`; none when it is the server's own.
    pub owner_url: Option<DatabaseUrl>,
    /// The most connections that this server opens.
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

/// `REDIS__*`
#[derive(Debug, Clone)]
pub struct Redis {
    /// A server, a cluster or a sentinel's service; none for the embedded store.
    pub url: Option<RedisUrl>,
    /// The most connections for commands that this server opens; Pub/Sub has its own.
    pub pool_size: usize,
    /// How the keys of vehicles are written.
    pub key_style: KeyStyle,
}

impl Redis {
    pub(super) fn read(from: &mut Reader) -> Self {
        const STYLES: &[(&str, KeyStyle)] = &[("tagged", KeyStyle::Tagged), ("plain", KeyStyle::Plain)];
        let url = from.store_of_production("REDIS__URL", parsed::<RedisUrl>);
        let key_style = from.value("REDIS__KEY_STYLE", "tagged", one_of(STYLES));
        let is_cluster = url.as_ref().is_some_and(RedisUrl::is_cluster);
        from.rule(&["REDIS__KEY_STYLE", "REDIS__URL"], key_style == KeyStyle::Tagged || !is_cluster, || {
            "must be tagged with a Redis Cluster: in plain style one vehicle's keys lie in different slots, \
             and cannot be changed in one step"
                .to_owned()
        });
        // Known so that a configuration which means it is not half followed.
        let _one: u32 = from.value("REDIS__CHANNEL_SHARDS", "1", only_one_shard);
        Self {
            url,
            pool_size: from.value("REDIS__POOL_SIZE", "8", number(1..=1000)),
            key_style,
        }
    }
}

/// How many sharded channels robots publish to.
fn only_one_shard(text: &str) -> value::Parsed<u32> {
    match text.parse() {
        Ok(1) => Ok(1),
        _ => Err("must be 1: this release listens to the channels without shards only".to_owned()),
    }
}

/// `LIVE__*`
#[derive(Debug, Clone)]
pub struct Live {
    /// The pause between two pictures for a client that asked for no other.
    pub interval: Duration,
    /// When a silent robot is stale, and when it is taken for gone.
    pub freshness: FreshnessRules,
    /// How long the keys of a vehicle outlive its last message.
    pub key_ttl: Duration,
    /// The keys of one vehicle are written at most once in this time.
    pub sync_interval: Duration,
    /// What is held for possible.
    pub plausibility: PlausibilityRules,
    /// The most bytes that a message from Redis may have.
    pub max_message_bytes: usize,
    /// How many messages of one vehicle are taken in a second.
    pub max_messages_per_vehicle: NonZero<u32>,
}

impl Live {
    /// How far a robot's clock may be ahead of the server's.
    const MAX_AHEAD_MS: i64 = 5_000;
    /// How many samples in a row that agree with each other show that a robot was relocated.
    const RELOCATION_SAMPLES: u32 = 5;

    /// The rules of the live core.
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
            || "must not be below LIVE__STALE_AFTER_MS: a vehicle is stale before it is gone".to_owned(),
        );
        let key_ttl = from.value("LIVE__KEY_TTL_S", "86400", seconds(1..=YEAR_S));
        let sync_interval = from.value("LIVE__SYNC_INTERVAL_MS", "1000", millis(1..=DAY_MS));
        from.rule(
            &["LIVE__KEY_TTL_S", "LIVE__SYNC_INTERVAL_MS"],
            key_ttl > sync_interval,
            || "must be longer than LIVE__SYNC_INTERVAL_MS: else keys expire between two writes".to_owned(),
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

/// `WS__*`
#[derive(Debug, Clone)]
pub struct Ws {
    /// The most sockets at once.
    pub max_connections: usize,
    /// The most sockets at once of one address.
    pub max_connections_per_ip: usize,
    /// The most sockets at once of one user.
    pub max_connections_per_user: usize,
    /// How many messages a client may send in a second, in the long run.
    pub max_messages_per_second: NonZero<u32>,
    /// The most bytes that a client's message may have.
    pub max_message_bytes: usize,
    /// The pause between two pings.
    pub ping_interval: Duration,
    /// How long a ping may go unanswered.
    pub pong_timeout: Duration,
    /// How long a client may take nothing at all.
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

/// `AUTH__*`
#[derive(Debug, Clone)]
pub struct Auth {
    /// How long an access token is good for.
    pub access_ttl: Duration,
    /// How long a refresh token is good for.
    pub refresh_ttl: Duration,
    /// How long a session lasts, however often it is refreshed.
    pub session_ttl: Duration,
    /// The rules for new passwords.
    pub passwords: PasswordPolicy,
    /// Signs access tokens; made and kept under the data directory when there is none.
    pub signing_key: Option<SigningKey>,
    /// The keys of access tokens that are still good, after another has taken their place.
    pub previous_keys: Vec<PublicKey>,
    /// Who issues the tokens, by name.
    pub issuer: String,
    /// Name and password of the first administrator, made when there is no user yet.
    pub first_administrator: Option<UserDraft>,
}

impl Auth {
    pub(super) fn read(from: &mut Reader) -> Self {
        let access_ttl = from.value("AUTH__ACCESS_TTL_S", "900", seconds(1..=DAY_S));
        let refresh_ttl = from.value("AUTH__REFRESH_TTL_S", "1209600", seconds(1..=YEAR_S));
        from.rule(
            &["AUTH__REFRESH_TTL_S", "AUTH__ACCESS_TTL_S"],
            refresh_ttl >= access_ttl,
            || "must not be below AUTH__ACCESS_TTL_S".to_owned(),
        );
        let session_ttl = from.value("AUTH__SESSION_TTL_S", "2592000", seconds(1..=YEAR_S));
        from.rule(
            &["AUTH__SESSION_TTL_S", "AUTH__ACCESS_TTL_S"],
            session_ttl >= access_ttl,
            || "must not be below AUTH__ACCESS_TTL_S".to_owned(),
        );
        let signing_key = from.key_of_production("AUTH__SIGNING_KEY", signing_key::private);
        let previous_keys = from.secret("AUTH__PREVIOUS_KEYS", signing_key::public, hidden);
        let issuer = from.value("AUTH__ISSUER", "fleetwatch", value::text);
        let username = from.optional("AUTH__ADMIN_USERNAME", username);
        let password = from.secret("AUTH__ADMIN_PASSWORD", password, hidden);
        from.rule(
            &["AUTH__ADMIN_PASSWORD", "AUTH__ADMIN_USERNAME"],
            username.is_some() == password.is_some(),
            || "must be given together with AUTH__ADMIN_USERNAME, or neither".to_owned(),
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

/// What is wrong with the first administrator; its name was seen to before.
fn fault_of(faults: &Violations) -> String {
    let messages = faults.iter().map(|fault| fault.message.as_str());
    messages.collect::<Vec<_>>().join("; ")
}

/// `LIMITS__*`
#[derive(Debug, Clone)]
pub struct Limits {
    /// How many requests of one user or address are answered in a second, in the long run.
    pub api_per_second: NonZero<u32>,
    /// How many at once, after a pause.
    pub api_burst: NonZero<u32>,
    /// How many times in a minute somebody may try to log in.
    pub login_per_minute: NonZero<u32>,
    /// How many bytes of request bodies there may be at once.
    pub body_bytes: usize,
    /// How many of these from one address, and of one user.
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
            || "must not be above LIMITS__BODY_BYTES".to_owned(),
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

/// `GRAPHQL__*`
#[derive(Debug, Clone)]
pub struct Graphql {
    /// How deep a query may nest.
    pub max_depth: usize,
    /// How many fields a query may ask for, a list's fields counted once for each item of its page.
    pub max_complexity: usize,
    /// How many fields of a document may have an alias.
    pub max_aliases: usize,
    /// How many operations one HTTP request may have.
    pub max_batch: usize,
    /// How long one HTTP request may take.
    pub timeout: Duration,
    /// Whether clients may ask for the schema.
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

/// `LOG__*`
#[derive(Debug, Clone)]
pub struct Log {
    /// A level, or a filter by module as `tracing_subscriber::EnvFilter` reads it.
    pub level: String,
    /// How a line looks.
    pub format: LogFormat,
    /// A file to write to as well, line by line as JSON.
    pub file: Option<PathBuf>,
    /// The most bytes of one such file.
    pub file_max_bytes: u64,
    /// How many older files are kept beside it.
    pub file_keep: usize,
}

/// How a line of the log looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    Pretty,
    /// For programs.
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

/// `TELEMETRY__*`
#[derive(Debug, Clone)]
pub struct Telemetry {
    /// The base URL of an OTLP/HTTP receiver; none for no traces.
    pub otlp_endpoint: Option<Url>,
    /// The share of traces that is kept, from 0 to 1, when the caller has not decided it.
    pub sample_ratio: f64,
    /// The most traces that are kept in a second, whoever decided.
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

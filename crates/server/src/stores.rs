//! Choice of the adapters that store data: PostgreSQL and Redis, or memory.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use adapters_memory::{clock::SystemClock, live_keys::MemoryLiveStore, registry::MemoryRegistry};
use adapters_postgres::{
    Database, DatabaseOptions, PgAuditLog, PgEventLog, PgGrantRepository, PgGroupRepository,
    PgOrganizationRepository, PgSessionRepository, PgUserRepository, PgVehicleRepository,
};
use adapters_redis::{Redis, RedisOptions, RedisUrl};
use anyhow::Context as _;
use application::ports::{Dependency, Ports};

use crate::{
    config::{Config, Problems},
    failure::Failure,
};

/// The adapters chosen at start-up, behind their ports.
#[derive(Clone)]
pub struct Stores {
    pub ports: Ports,
    /// PostgreSQL, which has to be migrated; `None` with the embedded store.
    pub database: Option<Database>,
    /// Redis, for health checks; `None` with the embedded store.
    pub redis: Option<Arc<dyn Dependency>>,
    /// Functions that record the use of the connection pools as metrics.
    pub(crate) pools: Vec<RecordUsage>,
}

pub(crate) type RecordUsage = Arc<dyn Fn() + Send + Sync>;

impl Stores {
    /// Creates the configured adapters. The stores don't have to be reachable yet.
    ///
    /// # Errors
    /// Fails if an adapter doesn't support a setting.
    pub fn open(config: &Config) -> anyhow::Result<Self> {
        let mut stores = Self::embedded();
        if let Some(url) = config.database.url.clone() {
            let database = Database::connect(DatabaseOptions {
                url,
                pool_size: config.database.pool_size,
            });
            let ports = &mut stores.ports;
            ports.vehicles = Arc::new(PgVehicleRepository::new(database.clone()));
            ports.groups = Arc::new(PgGroupRepository::new(database.clone()));
            ports.organizations = Arc::new(PgOrganizationRepository::new(database.clone()));
            ports.users = Arc::new(PgUserRepository::new(database.clone()));
            ports.grants = Arc::new(PgGrantRepository::new(database.clone()));
            ports.sessions = Arc::new(PgSessionRepository::new(database.clone()));
            ports.audit = Arc::new(PgAuditLog::new(database.clone()));
            ports.log = Arc::new(PgEventLog::new(database.clone()));
            let pool = database.clone();
            stores.pools.push(Arc::new(move || pool.record_usage()));
            stores.database = Some(database);
        }
        if let Some(url) = &config.redis.url {
            stores.use_redis(&redis(config, url)?, config);
        }
        Ok(stores)
    }

    /// Creates the configured adapters for a command that needs stored data and therefore a database. Waits until the
    /// database is available, and checks that its schema is up to date: a server migrates the database itself, but a
    /// command requires that all migrations have been applied.
    ///
    /// # Errors
    /// Fails if no database is configured, if it is still unavailable after [`crate::config::Database::startup_wait`],
    /// or if migrations are missing. Also returns the errors of [`Stores::open`].
    pub async fn with_database(config: &Config) -> Result<Self, Failure> {
        if config.database.url.is_none() {
            let why = "the data of the embedded store is lost when this command exits";
            return Err(Problems::missing("DATABASE__URL", why).into());
        }
        let stores = Self::open(config)?;
        stores.await_database(config).await?;
        Ok(stores)
    }

    /// Waits until the database, if there is one, is available, and checks that its schema is up to date.
    ///
    /// # Errors
    /// Fails if the database is still unavailable after [`crate::config::Database::startup_wait`], or migrations are
    /// missing.
    pub async fn await_database(&self, config: &Config) -> Result<(), Failure> {
        let Some(database) = &self.database else {
            return Ok(());
        };
        until_reachable(database, config.database.startup_wait).await?;
        if !database.is_up_to_date().await.map_err(anyhow::Error::from)? {
            let message = "the database is not up to date: run `fleetwatch migrate` first";
            return Err(anyhow::anyhow!(message).into());
        }
        Ok(())
    }

    fn use_redis(&mut self, redis: &Arc<Redis>, config: &Config) {
        let ports = &mut self.ports;
        let live = Arc::new(redis.live_store());
        ports.positions = live.clone();
        ports.states = live.clone();
        ports.keys = live;
        ports.leases = Arc::new(redis.leases());
        ports.mismatches = Arc::new(redis.mismatch_log());
        ports.dead_letters = Arc::new(redis.dead_letters());
        ports.bridges = Arc::new(redis.bridge_heartbeats());
        ports.limiter = Arc::new(redis.rate_limiter(Arc::clone(&ports.limiter)));
        let bus = redis.telemetry_bus(Arc::clone(&ports.clock), config.live.max_message_bytes);
        ports.bus = Arc::new(bus.with_decoder_threads(config.live.decoder_threads));
        // A registry in memory is not shared, so no other server has to be notified of its changes.
        if self.database.is_some() {
            ports.events = Arc::new(redis.event_bus());
        }
        let pool = Arc::clone(redis);
        self.pools.push(Arc::new(move || pool.record_usage()));
        self.redis = Some(Arc::clone(redis) as Arc<dyn Dependency>);
    }

    /// Creates adapters that store everything in memory.
    #[must_use]
    pub fn embedded() -> Self {
        let (registry, live) = (MemoryRegistry::new(), MemoryLiveStore::default());
        Self {
            ports: adapters_memory::ports(Arc::new(SystemClock::start()), Arc::new(registry), Arc::new(live)),
            database: None,
            redis: None,
            pools: Vec::new(),
        }
    }

    /// Logs a warning for each store that is embedded and therefore loses its data when the process exits.
    pub fn warn_of_embedded(&self) {
        if self.database.is_none() {
            tracing::warn!(
                "FLEETWATCH_DATABASE__URL is not set: vehicles and users are kept in memory and are lost on exit"
            );
        }
        if self.redis.is_none() {
            tracing::warn!(
                "FLEETWATCH_REDIS__URL is not set: no messages from external robots are received, \
                 and positions are kept in memory"
            );
        }
    }

    /// Returns PostgreSQL for health checks; `None` with the embedded store.
    #[must_use]
    pub fn database_dependency(&self) -> Option<Arc<dyn Dependency>> {
        self.database
            .clone()
            .map(|database| Arc::new(database) as Arc<dyn Dependency>)
    }
}

/// Waits for a database that may have been started together with this command, and prints a message while waiting.
///
/// # Errors
/// Fails if the database rejects the connection, for example because of a wrong password, or is still unavailable after
/// `limit`.
pub async fn until_reachable(database: &Database, limit: Duration) -> anyhow::Result<()> {
    const REMIND_EVERY: Duration = Duration::from_secs(5);
    let (began, mut printed_at) = (Instant::now(), None::<Instant>);
    let report = |error: &application::Error| {
        if printed_at.is_some_and(|before| before.elapsed() < REMIND_EVERY) {
            return;
        }
        printed_at = Some(Instant::now());
        let cause = std::error::Error::source(error).map(|cause| format!(": {cause}"));
        let (waited, limit) = (began.elapsed().as_secs(), limit.as_secs_f64());
        eprintln!(
            "waiting for the database, {waited} s of at most {limit} s{}",
            cause.unwrap_or_default()
        );
    };
    Ok(database.until_reachable(limit, report).await?)
}

fn redis(config: &Config, url: &RedisUrl) -> anyhow::Result<Arc<Redis>> {
    let options = RedisOptions {
        url: url.clone(),
        pool_size: config.redis.pool_size,
        key_style: config.redis.key_style,
        channel_shards: config.redis.channel_shards,
        key_ttl: config.live.key_ttl,
    };
    Redis::new(options).map(Arc::new).context("FLEETWATCH_REDIS__URL")
}

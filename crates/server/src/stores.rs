//! Where things are kept: in PostgreSQL and Redis, or in memory, as the configuration says.

use std::sync::Arc;

use adapters_memory::{
    clock::SystemClock, dead_letters::MemoryDeadLetters, event_bus::MemoryEventBus,
    live_keys::MemoryLiveStore, rate_limiter::MemoryRateLimiter, registry::MemoryRegistry,
    telemetry_bus::MemoryTelemetryBus,
};
use adapters_postgres::{
    Database, DatabaseOptions, PgAuditLog, PgEventLog, PgGrantRepository, PgGroupRepository,
    PgOrganizationRepository, PgSessionRepository, PgUserRepository, PgVehicleRepository,
};
use adapters_redis::{Redis, RedisOptions, RedisUrl};
use anyhow::Context as _;
use application::ports::{
    AuditLog, Clock, DeadLetters, Dependency, EventBus, EventLog, GrantRepository, GroupRepository, LiveKeys,
    OrganizationRepository, PositionStore, RateLimiter, SessionRepository, StateStore, TelemetryBus,
    UserRepository, VehicleRepository,
};

use crate::{
    config::{Config, Problems},
    failure::Failure,
};

/// Everything outside the live core, chosen at start-up.
#[derive(Clone)]
pub struct Stores {
    /// The time, the same for all.
    pub clock: Arc<dyn Clock>,
    /// The registry of vehicles.
    pub vehicles: Arc<dyn VehicleRepository>,
    /// The groups of vehicles.
    pub groups: Arc<dyn GroupRepository>,
    /// The organisations.
    pub organizations: Arc<dyn OrganizationRepository>,
    /// The users.
    pub users: Arc<dyn UserRepository>,
    /// What they were given to see.
    pub grants: Arc<dyn GrantRepository>,
    /// Who has logged in.
    pub sessions: Arc<dyn SessionRepository>,
    /// Who did what.
    pub audit: Arc<dyn AuditLog>,
    /// Counts log-ins.
    pub limiter: Arc<dyn RateLimiter>,
    /// The log of the registry.
    pub log: Arc<dyn EventLog>,
    /// How servers tell each other that the log has grown.
    pub events: Arc<dyn EventBus>,
    /// The newest positions.
    pub positions: Arc<dyn PositionStore>,
    /// The newest states.
    pub states: Arc<dyn StateStore>,
    /// The live keys.
    pub keys: Arc<dyn LiveKeys>,
    /// What was not taken.
    pub dead_letters: Arc<dyn DeadLetters>,
    /// The bus between robots and servers.
    pub bus: Arc<dyn TelemetryBus>,
    /// PostgreSQL, if it is used: it has to be migrated.
    pub database: Option<Database>,
    /// Redis, if it is used.
    pub redis: Option<Arc<dyn Dependency>>,
}

impl Stores {
    /// As the configuration says. Nothing needs to be there yet.
    ///
    /// # Errors
    /// A setting that an adapter can't follow.
    pub fn open(config: &Config) -> anyhow::Result<Self> {
        let mut stores = Self::embedded();
        if let Some(url) = config.database.url.clone() {
            let database = Database::connect(DatabaseOptions {
                url,
                pool_size: config.database.pool_size,
            });
            stores.vehicles = Arc::new(PgVehicleRepository::new(database.clone()));
            stores.groups = Arc::new(PgGroupRepository::new(database.clone()));
            stores.organizations = Arc::new(PgOrganizationRepository::new(database.clone()));
            stores.users = Arc::new(PgUserRepository::new(database.clone()));
            stores.grants = Arc::new(PgGrantRepository::new(database.clone()));
            stores.sessions = Arc::new(PgSessionRepository::new(database.clone()));
            stores.audit = Arc::new(PgAuditLog::new(database.clone()));
            stores.log = Arc::new(PgEventLog::new(database.clone()));
            stores.database = Some(database);
        }
        if let Some(url) = &config.redis.url {
            stores.keep_the_present_in(&redis(config, url)?, config);
        }
        Ok(stores)
    }

    /// The same for commands that are about what is kept: without a database there is nothing.
    ///
    /// # Errors
    /// When no database is configured; as [`Stores::open`].
    pub fn with_database(config: &Config) -> Result<Self, Failure> {
        if config.database.url.is_none() {
            let why = "the embedded store is gone when this command ends";
            return Err(Problems::missing("DATABASE__URL", why).into());
        }
        Ok(Self::open(config)?)
    }

    fn keep_the_present_in(&mut self, redis: &Arc<Redis>, config: &Config) {
        let live = Arc::new(redis.live_store());
        self.positions = live.clone();
        self.states = live.clone();
        self.keys = live;
        self.dead_letters = Arc::new(redis.dead_letters());
        self.limiter = Arc::new(redis.rate_limiter(Arc::clone(&self.limiter)));
        self.bus = Arc::new(redis.telemetry_bus(Arc::clone(&self.clock), config.live.max_message_bytes));
        // Who keeps the registry in memory has no neighbours to tell of it.
        if self.database.is_some() {
            self.events = Arc::new(redis.event_bus());
        }
        self.redis = Some(Arc::clone(redis) as Arc<dyn Dependency>);
    }

    /// All in memory.
    #[must_use]
    pub fn embedded() -> Self {
        let clock: Arc<dyn Clock> = Arc::new(SystemClock::start());
        let live = Arc::new(MemoryLiveStore::default());
        let registry = Arc::new(MemoryRegistry::new());
        Self {
            vehicles: registry.clone(),
            groups: registry.clone(),
            organizations: registry.clone(),
            users: registry.clone(),
            grants: registry.clone(),
            sessions: registry.clone(),
            audit: registry.clone(),
            limiter: Arc::new(MemoryRateLimiter::default()),
            log: registry,
            events: Arc::new(MemoryEventBus::default()),
            positions: live.clone(),
            states: live.clone(),
            keys: live,
            dead_letters: Arc::new(MemoryDeadLetters::default()),
            bus: Arc::new(MemoryTelemetryBus::new(Arc::clone(&clock))),
            clock,
            database: None,
            redis: None,
        }
    }

    /// Says what will be gone when the process ends.
    pub fn warn_of_embedded(&self) {
        if self.database.is_none() {
            tracing::warn!(
                "FLEETWATCH_DATABASE__URL is not set: vehicles and users are kept in memory and are gone at the end"
            );
        }
        if self.redis.is_none() {
            tracing::warn!(
                "FLEETWATCH_REDIS__URL is not set: no robot outside this process is heard, and positions are kept in memory"
            );
        }
    }

    /// PostgreSQL as something that can be asked how it is.
    #[must_use]
    pub fn database_dependency(&self) -> Option<Arc<dyn Dependency>> {
        self.database
            .clone()
            .map(|database| Arc::new(database) as Arc<dyn Dependency>)
    }
}

fn redis(config: &Config, url: &RedisUrl) -> anyhow::Result<Arc<Redis>> {
    let options = RedisOptions {
        url: url.clone(),
        pool_size: config.redis.pool_size,
        key_style: config.redis.key_style,
        key_ttl: config.live.key_ttl,
    };
    Redis::new(options).map(Arc::new).context("FLEETWATCH_REDIS__URL")
}

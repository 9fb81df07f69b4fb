//! Where things are kept: in PostgreSQL and Redis, or in memory, as the configuration says.

use std::sync::Arc;

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

/// Everything outside the live core, chosen at start-up.
#[derive(Clone)]
pub struct Stores {
    /// The ports to them.
    pub ports: Ports,
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
            let ports = &mut stores.ports;
            ports.vehicles = Arc::new(PgVehicleRepository::new(database.clone()));
            ports.groups = Arc::new(PgGroupRepository::new(database.clone()));
            ports.organizations = Arc::new(PgOrganizationRepository::new(database.clone()));
            ports.users = Arc::new(PgUserRepository::new(database.clone()));
            ports.grants = Arc::new(PgGrantRepository::new(database.clone()));
            ports.sessions = Arc::new(PgSessionRepository::new(database.clone()));
            ports.audit = Arc::new(PgAuditLog::new(database.clone()));
            ports.log = Arc::new(PgEventLog::new(database.clone()));
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

    /// Checks that the database has the tables that a command needs. A server brings them up to date by itself, a command
    /// does not.
    ///
    /// # Errors
    /// When it has not; when it is away.
    pub async fn check_schema(&self) -> Result<(), Failure> {
        match &self.database {
            Some(database) if !database.is_up_to_date().await.map_err(anyhow::Error::from)? => {
                let message = "the database is not up to date: run `fleetwatch migrate` first";
                Err(anyhow::anyhow!(message).into())
            }
            _ => Ok(()),
        }
    }

    fn keep_the_present_in(&mut self, redis: &Arc<Redis>, config: &Config) {
        let ports = &mut self.ports;
        let live = Arc::new(redis.live_store());
        ports.positions = live.clone();
        ports.states = live.clone();
        ports.keys = live;
        ports.dead_letters = Arc::new(redis.dead_letters());
        ports.limiter = Arc::new(redis.rate_limiter(Arc::clone(&ports.limiter)));
        ports.bus = Arc::new(redis.telemetry_bus(Arc::clone(&ports.clock), config.live.max_message_bytes));
        // Who keeps the registry in memory has no neighbours to tell of it.
        if self.database.is_some() {
            ports.events = Arc::new(redis.event_bus());
        }
        self.redis = Some(Arc::clone(redis) as Arc<dyn Dependency>);
    }

    /// All in memory.
    #[must_use]
    pub fn embedded() -> Self {
        let (registry, live) = (MemoryRegistry::new(), MemoryLiveStore::default());
        Self {
            ports: adapters_memory::ports(Arc::new(SystemClock::start()), Arc::new(registry), Arc::new(live)),
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

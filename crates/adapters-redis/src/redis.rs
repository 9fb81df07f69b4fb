//! One Redis, and all that is done with it.

use std::sync::Arc;

use application::{
    Result,
    ports::{Capability, Clock, Dependency, RateLimiter},
};
use async_trait::async_trait;
use deadpool_redis::redis::cmd;
use fred::types::config::Config;

use crate::{
    bus::{self, FredTelemetryBus, RedisEventBus},
    dead_letters::RedisDeadLetters,
    live::RedisLiveStore,
    options::{InvalidRedisOptions, RedisOptions},
    pool::CommandPool,
    probe::Probe,
    rate_limiter::RedisRateLimiter,
};

/// A Redis: a server, a master that sentinels name, or a cluster. What it gives out shares one pool of connections.
pub struct Redis {
    config: Config,
    options: RedisOptions,
    pool: CommandPool,
    probe: Probe,
}

impl Redis {
    /// Understands the options. Nobody is connected to yet: a Redis that is away is found out by whoever needs it.
    ///
    /// # Errors
    /// When the options make no sense.
    pub fn new(options: RedisOptions) -> Result<Self, InvalidRedisOptions> {
        options.check()?;
        let config = bus::config(&options.url)?;
        let pool = CommandPool::new(&options.url, options.pool_size)?;
        Ok(Self {
            config,
            probe: Probe::of(&options),
            options,
            pool,
        })
    }

    /// Positions, states and the set of active vehicles.
    #[must_use]
    pub fn live_store(&self) -> RedisLiveStore {
        RedisLiveStore::new(self.pool.clone(), &self.options)
    }

    /// What was not taken. Each of these counts as a server of its own.
    #[must_use]
    pub fn dead_letters(&self) -> RedisDeadLetters {
        RedisDeadLetters::new(self.pool.clone())
    }

    /// What robots publish; messages of more than `max_message_bytes` are not looked into.
    #[must_use]
    pub fn telemetry_bus(&self, clock: Arc<dyn Clock>, max_message_bytes: usize) -> FredTelemetryBus {
        FredTelemetryBus::new(self.config.clone(), self.pool.clone(), clock, max_message_bytes)
    }

    /// How servers tell each other that the log of the registry has grown.
    #[must_use]
    pub fn event_bus(&self) -> RedisEventBus {
        RedisEventBus::new(self.config.clone(), self.pool.clone())
    }

    /// How often things happen on all servers together; while Redis is away the fallback counts.
    #[must_use]
    pub fn rate_limiter(&self, fallback: Arc<dyn RateLimiter>) -> RedisRateLimiter {
        RedisRateLimiter::new(self.pool.clone(), fallback)
    }

    /// Makes one round trip.
    ///
    /// # Errors
    /// [`application::Error::Unavailable`] when there is no answer within a second.
    pub async fn ping(&self) -> Result<()> {
        self.pool.query(&cmd("PING")).await
    }

    /// Writes a probe key, on every node of a cluster, and tries the rights to write live keys: a server may answer and still
    /// refuse writes.
    ///
    /// # Errors
    /// [`application::Error::Unavailable`] when there is no answer within a second.
    pub async fn probe(&self) -> Result<Capability> {
        self.probe.run(&self.pool).await
    }
}

#[async_trait]
impl Dependency for Redis {
    fn name(&self) -> &'static str {
        "redis"
    }

    async fn check(&self) -> Result<Capability> {
        self.probe().await
    }
}

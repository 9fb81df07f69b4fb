//! The object that represents one Redis installation and creates all its adapters.

use std::sync::Arc;

use application::{
    Result,
    ports::{Capability, CircuitState, Clock, Dependency, RateLimiter},
};
use async_trait::async_trait;
use deadpool_redis::redis::cmd;
use fred::types::config::Config;
use metrics::gauge;

use crate::{
    bridge_heartbeats::RedisBridgeHeartbeats,
    bus::{self, FredTelemetryBus, RedisEventBus},
    dead_letters::RedisDeadLetters,
    leases::RedisLeases,
    live::RedisLiveStore,
    mismatch_log::RedisMismatchLog,
    options::{InvalidRedisOptions, RedisOptions},
    pool::CommandPool,
    probe::Probe,
    rate_limiter::RedisRateLimiter,
    topology::Topology,
};

/// A Redis installation: a server, a master that sentinels report, or a cluster. The adapters that it creates share one
/// pool of connections.
pub struct Redis {
    config: Config,
    topology: Arc<Topology>,
    options: RedisOptions,
    pool: CommandPool,
    probe: Probe,
}

impl Redis {
    /// Checks the options. It does not connect; each adapter detects whether Redis is available.
    ///
    /// # Errors
    /// Returns [`InvalidRedisOptions`] if the options are invalid, or if no client can be configured with the URL.
    pub fn new(options: RedisOptions) -> Result<Self, InvalidRedisOptions> {
        options.check()?;
        let config = bus::config(&options.url)?;
        let topology = Arc::new(Topology::of(&options.url));
        let pool = CommandPool::new(&options.url, Arc::clone(&topology), options.pool_size)?;
        Ok(Self {
            config,
            topology,
            probe: Probe::of(&options),
            options,
            pool,
        })
    }

    /// Returns the store of positions, states and the set of active vehicles.
    #[must_use]
    pub fn live_store(&self) -> RedisLiveStore {
        RedisLiveStore::new(self.pool.clone(), &self.options)
    }

    /// Returns the dead letters. Each instance is treated as a separate server.
    #[must_use]
    pub fn dead_letters(&self) -> RedisDeadLetters {
        RedisDeadLetters::new(self.pool.clone())
    }

    /// Returns the leases with which servers divide work.
    #[must_use]
    pub fn leases(&self) -> RedisLeases {
        RedisLeases::new(self.pool.clone())
    }

    /// Returns the log of repaired mismatches.
    #[must_use]
    pub fn mismatch_log(&self) -> RedisMismatchLog {
        RedisMismatchLog::new(self.pool.clone())
    }

    /// Returns the heartbeats of bridges.
    #[must_use]
    pub fn bridge_heartbeats(&self) -> RedisBridgeHeartbeats {
        RedisBridgeHeartbeats::new(self.pool.clone())
    }

    /// Returns the bus for messages from robots. Messages of more than `max_message_bytes` are not decoded.
    #[must_use]
    pub fn telemetry_bus(&self, clock: Arc<dyn Clock>, max_message_bytes: usize) -> FredTelemetryBus {
        FredTelemetryBus::new(
            self.config.clone(),
            Arc::clone(&self.topology),
            self.pool.clone(),
            self.options.channel_shards,
            clock,
            max_message_bytes,
        )
    }

    /// Returns the bus on which servers announce that the registry's log has grown.
    #[must_use]
    pub fn event_bus(&self) -> RedisEventBus {
        RedisEventBus::new(self.config.clone(), Arc::clone(&self.topology), self.pool.clone())
    }

    /// Returns the rate limiter shared by all servers. While Redis is unavailable, `fallback` is used.
    #[must_use]
    pub fn rate_limiter(&self, fallback: Arc<dyn RateLimiter>) -> RedisRateLimiter {
        RedisRateLimiter::new(self.pool.clone(), fallback)
    }

    /// Records the use of the connections for commands as metrics.
    pub fn record_usage(&self) {
        let usage = self.pool.usage();
        for (state, connections) in [("in_use", usage.in_use), ("idle", usage.idle)] {
            gauge!("fleetwatch_pool_connections", "dependency" => "redis", "state" => state)
                .set(connections as f64);
        }
        gauge!("fleetwatch_pool_waiting", "dependency" => "redis").set(usage.waiting as f64);
        gauge!("fleetwatch_pool_size", "dependency" => "redis").set(usage.limit as f64);
    }

    /// Makes one round trip to Redis.
    ///
    /// # Errors
    /// Returns [`application::Error::Unavailable`] if Redis does not answer within a second, or answers with an error.
    pub async fn ping(&self) -> Result<()> {
        self.pool.query(&cmd("PING")).await
    }

    /// Checks that Redis accepts writes, by writing a probe key (in a cluster, several keys that are spread over the
    /// slots), and that the Redis user may write the live keys.
    ///
    /// # Errors
    /// Returns [`application::Error::Unavailable`] if Redis does not answer within a second, or does not serve requests
    /// at the moment.
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

    fn circuit(&self) -> Option<CircuitState> {
        Some(self.pool.circuit())
    }
}

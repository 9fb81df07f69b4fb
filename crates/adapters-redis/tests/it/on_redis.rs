//! All ports of one Redis server, as required by their contracts.

use std::sync::Arc;

use adapters_redis::{FredTelemetryBus, Redis, RedisDeadLetters, RedisLiveStore};
use application::{
    Result,
    ports::{DeadLetters, FeedEvent, LiveKeys, PositionStore, StateStore, TelemetryBus},
    telemetry::Report,
};
use async_trait::async_trait;
use futures::stream::BoxStream;
use port_contracts::{
    dead_letters::{Kept, KeptLetter},
    live_stores::LiveStores,
};
use test_stores::redis::RedisServer;

use crate::{dead_letters::kept, noon};

pub(crate) struct OnRedis {
    /// The live stores of two servers.
    live: [RedisLiveStore; 2],
    letters: RedisDeadLetters,
    bus: FredTelemetryBus,
    server: Arc<RedisServer>,
}

impl OnRedis {
    pub(crate) fn new(redis: &Redis, server: &Arc<RedisServer>) -> Self {
        Self {
            live: [redis.live_store(), redis.live_store()],
            letters: redis.dead_letters(),
            bus: redis.telemetry_bus(noon(), 1024 * 1024),
            server: Arc::clone(server),
        }
    }
}

impl LiveStores for OnRedis {
    fn positions(&self) -> &dyn PositionStore {
        &self.live[0]
    }

    fn states(&self) -> &dyn StateStore {
        &self.live[0]
    }

    fn keys(&self) -> &dyn LiveKeys {
        &self.live[0]
    }

    fn neighbours_keys(&self) -> &dyn LiveKeys {
        &self.live[1]
    }
}

#[async_trait]
impl Kept for OnRedis {
    fn letters(&self) -> &dyn DeadLetters {
        &self.letters
    }

    fn bus(&self) -> &dyn TelemetryBus {
        &self.bus
    }

    async fn kept(&self) -> Vec<KeptLetter> {
        kept(&self.server).await
    }
}

#[async_trait]
impl TelemetryBus for OnRedis {
    fn subscribe(&self) -> BoxStream<'static, FeedEvent> {
        self.bus.subscribe()
    }

    async fn publish(&self, reports: &[Report]) -> Result<()> {
        self.bus.publish(reports).await
    }

    async fn release_canaries(&self, number: u64) -> Result<u16> {
        self.bus.release_canaries(number).await
    }
}

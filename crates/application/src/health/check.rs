//! Health check of all dependencies.

use std::sync::Arc;

use super::{
    bridges::{Bridge, Bridges, BridgesHealth},
    delivery::{Delivery, DeliveryHealth},
    dependency_check::DependencyCheck,
    shared_check::SharedCheck,
    status::{Checked, Health, RedisHealth},
};
use crate::{
    actor::Actor,
    live::Live,
    ports::{CircuitState, Dependency, TelemetryBus},
};

/// Checks the dependencies (concurrently, each for at most a second), the delivery of messages, and the bridges.
/// However many callers there are, at most one check of each runs at a time, and its outcome is reused for at least
/// half a second, because the endpoints need no token and each check takes a connection.
#[derive(Clone)]
pub struct CheckHealth {
    database: Option<SharedCheck<DependencyCheck>>,
    redis: Option<SharedCheck<DependencyCheck>>,
    delivery: SharedCheck<Delivery>,
    bridges: Bridges,
    live: Arc<Live>,
}

impl CheckHealth {
    /// Creates the checks of these dependencies, of the delivery of messages from a bus through a live core, and of
    /// bridges. `None` denotes a store in this process.
    #[must_use]
    pub fn new(
        database: Option<Arc<dyn Dependency>>,
        redis: Option<Arc<dyn Dependency>>,
        bus: Arc<dyn TelemetryBus>,
        bridges: Bridges,
        live: Arc<Live>,
    ) -> Self {
        let same_live = || Arc::clone(&live);
        let database = database.map(|store| DependencyCheck::new(store, same_live()));
        let redis = redis.map(|store| DependencyCheck::of_live_keys(store, same_live()));
        Self {
            database: database.map(SharedCheck::new),
            redis: redis.map(SharedCheck::new),
            delivery: SharedCheck::new(Delivery::new(bus, same_live())),
            bridges,
            live,
        }
    }

    /// Returns the states of the circuit breakers at this moment; `None` for a store without one.
    #[must_use]
    pub fn circuits(&self) -> CircuitStates {
        let circuit_of = |check: &Option<SharedCheck<DependencyCheck>>| {
            check.as_ref().and_then(|check| check.check().circuit())
        };
        CircuitStates {
            database: circuit_of(&self.database),
            redis: circuit_of(&self.redis),
        }
    }

    pub async fn execute(&self) -> Health {
        let (database, redis) = tokio::join!(self.database(), self.redis());
        Health { database, redis }
    }

    pub async fn database(&self) -> Checked {
        outcome_of(self.database.as_ref()).await
    }

    pub async fn redis(&self) -> RedisHealth {
        RedisHealth {
            commands: outcome_of(self.redis.as_ref()).await,
            feed: self.live.stats().feed,
        }
    }

    /// Checks that messages from robots reach subscribers, by sending a canary through the bus and the live core.
    pub async fn delivery(&self) -> DeliveryHealth {
        self.delivery.outcome().await
    }

    /// Returns the health of the bridges, see [`Bridges::health`].
    pub async fn bridges(&self) -> Arc<BridgesHealth> {
        self.bridges.health().await
    }

    /// Returns the bridges that a caller may see, see [`BridgesHealth::within`].
    #[must_use]
    pub fn visible_bridges(&self, health: &BridgesHealth, actor: &Actor) -> Vec<Bridge> {
        health.within(&actor.scope, &self.live)
    }
}

/// States of the circuit breakers of the dependencies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CircuitStates {
    pub database: Option<CircuitState>,
    pub redis: Option<CircuitState>,
}

async fn outcome_of(check: Option<&SharedCheck<DependencyCheck>>) -> Checked {
    match check {
        Some(check) => check.outcome().await,
        None => Checked::EMBEDDED,
    }
}

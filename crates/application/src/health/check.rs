//! Health check of all dependencies.

use std::sync::Arc;

use super::{
    shared_check::SharedCheck,
    status::{Answer, Health, RedisHealth},
};
use crate::{
    live::Live,
    ports::{CircuitState, Dependency},
};

/// Checks the dependencies concurrently, each for at most a second. However many callers there are, at most one check
/// of a dependency runs at a time, and its answer is reused for half a second, because the endpoints need no token and
/// each check takes a connection.
#[derive(Clone)]
pub struct CheckHealth {
    database: Option<SharedCheck>,
    redis: Option<SharedCheck>,
    live: Arc<Live>,
}

impl CheckHealth {
    /// Checks these dependencies. `None` denotes a store in this process.
    #[must_use]
    pub fn new(
        database: Option<Arc<dyn Dependency>>,
        redis: Option<Arc<dyn Dependency>>,
        live: Arc<Live>,
    ) -> Self {
        Self {
            database: database.map(SharedCheck::new),
            redis: redis.map(SharedCheck::new),
            live,
        }
    }

    /// Returns the states of the circuit breakers at this moment; `None` for a store without one.
    #[must_use]
    pub fn circuits(&self) -> CircuitStates {
        let circuit_of = |check: &Option<SharedCheck>| check.as_ref().and_then(SharedCheck::circuit);
        CircuitStates {
            database: circuit_of(&self.database),
            redis: circuit_of(&self.redis),
        }
    }

    pub async fn execute(&self) -> Health {
        let (database, redis) = tokio::join!(self.database(), self.redis());
        Health { database, redis }
    }

    pub async fn database(&self) -> Answer {
        answer_of(self.database.as_ref()).await
    }

    /// Checks Redis. While the live keys cannot be written, it is reported as read-only even if it accepts other
    /// writes.
    pub async fn redis(&self) -> RedisHealth {
        let answer = match answer_of(self.redis.as_ref()).await {
            Answer::Given { latency } if self.live.is_failing_to_write_keys() => Answer::ReadOnly {
                latency,
                reason: "the live keys cannot be written",
            },
            answer => answer,
        };
        RedisHealth {
            answer,
            feed: self.live.stats().feed,
        }
    }
}

/// States of the circuit breakers of the dependencies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CircuitStates {
    pub database: Option<CircuitState>,
    pub redis: Option<CircuitState>,
}

async fn answer_of(asked: Option<&SharedCheck>) -> Answer {
    match asked {
        Some(asked) => asked.answer().await,
        None => Answer::Embedded,
    }
}

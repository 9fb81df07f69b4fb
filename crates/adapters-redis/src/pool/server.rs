//! Connections to one server.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use deadpool_redis::{
    ConnectionInfo, Manager, Pool, PoolConfig, PoolError, Runtime,
    redis::{AsyncConnectionConfig, FromRedisValue, Pipeline, RedisError, RedisResult},
};
use parking_lot::Mutex;
use tokio::time::timeout;

/// Timeout of a connection attempt, and of the answers to one batch of commands.
const STEP: Duration = Duration::from_millis(500);
/// Minimum age of the connections that [`Server::reconnect`] replaces.
const NEW: Duration = Duration::from_secs(1);

/// A pool of connections to one server. After a failure, all its connections are replaced: the idle ones are likely to
/// be dead as well, and each would otherwise cost a timeout.
pub(super) struct Server {
    address: ConnectionInfo,
    size: usize,
    current: Mutex<Current>,
}

struct Current {
    pool: Pool,
    /// Number of pools before this one.
    generation: u64,
    since: Instant,
}

/// Reason for which commands were not answered.
#[derive(Debug, thiserror::Error)]
pub(super) enum Failure {
    /// The connection was refused or lost, an answer is late, or Redis rejected the whole pipeline.
    #[error(transparent)]
    Redis(RedisError),
    #[error("no answer after {STEP:?}")]
    Late,
    /// All connections of the pool are in use.
    #[error("all connections are in use")]
    Busy,
}

impl Server {
    /// Creates the pool without connecting.
    pub(super) fn new(address: ConnectionInfo, size: usize) -> RedisResult<Arc<Self>> {
        let pool = pool(&address, size)?;
        Ok(Arc::new(Self {
            address,
            size,
            current: Mutex::new(Current {
                pool,
                generation: 0,
                since: Instant::now(),
            }),
        }))
    }

    /// Sends a pipeline and returns the answers.
    pub(super) async fn send<T: FromRedisValue>(&self, pipeline: &Pipeline) -> Result<T, Failure> {
        let (generation, pool) = {
            let current = self.current.lock();
            (current.generation, current.pool.clone())
        };
        // Boxed: making a connection is rare, but needs 20 KiB of state that every call's future would carry.
        let answers = match timeout(STEP, Box::pin(pool.get())).await {
            Ok(Ok(mut connection)) => pipeline
                .query_async(&mut connection)
                .await
                .map_err(Failure::Redis),
            Ok(Err(PoolError::Backend(error))) => Err(Failure::Redis(error)),
            Ok(Err(_)) => Err(Failure::Late),
            Err(_) => {
                let status = pool.status();
                let is_busy = status.available == 0 && status.size >= status.max_size;
                Err(if is_busy { Failure::Busy } else { Failure::Late })
            }
        };
        if answers.as_ref().is_err_and(Failure::is_of_connection) {
            self.replace(generation);
        }
        answers
    }

    /// Replaces the connections, unless they are younger than [`NEW`].
    pub(super) fn reconnect(&self) {
        let (generation, since) = {
            let current = self.current.lock();
            (current.generation, current.since)
        };
        if since.elapsed() >= NEW {
            self.replace(generation);
        }
    }

    fn replace(&self, generation: u64) {
        let mut current = self.current.lock();
        // Another call may have replaced the failed pool already.
        if current.generation == generation
            && let Ok(pool) = pool(&self.address, self.size)
        {
            *current = Current {
                pool,
                generation: generation + 1,
                since: Instant::now(),
            };
        }
    }
}

impl Failure {
    /// Returns the kind of the failure, for traces.
    pub(super) const fn kind(&self) -> &'static str {
        match self {
            Self::Redis(_) => "redis",
            Self::Late => "timeout",
            Self::Busy => "busy",
        }
    }

    /// Returns `true` unless Redis answered, or the pool is only busy.
    pub(super) fn is_of_connection(&self) -> bool {
        match self {
            Self::Redis(error) => error.is_io_error() || error.is_unrecoverable_error(),
            Self::Late => true,
            Self::Busy => false,
        }
    }
}

fn pool(address: &ConnectionInfo, size: usize) -> RedisResult<Pool> {
    let timeouts = AsyncConnectionConfig::new()
        .set_connection_timeout(Some(STEP))
        .set_response_timeout(Some(STEP));
    let manager = Manager::new_with_config(address.clone(), timeouts)?;
    let pool = Pool::builder(manager)
        .config(PoolConfig::new(size))
        .runtime(Runtime::Tokio1)
        .build();
    Ok(pool.expect("building a pool only fails for timeouts without a runtime"))
}

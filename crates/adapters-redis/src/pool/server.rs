//! Connections to one server.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use application::{Error, GivenUp};
use async_trait::async_trait;
use circuit_breaker::{BreakerOptions, CircuitBreaker, CircuitOpen, Circuits, Probe, Unreachable};
use deadpool_redis::{
    ConnectionInfo, Manager, Pool, PoolConfig, PoolError, Runtime,
    redis::{AsyncConnectionConfig, Client, FromRedisValue, Pipeline, RedisError, RedisResult, Value, cmd},
};
use parking_lot::Mutex;
use tokio::time::timeout;

use crate::{error::from_redis, url::Node};

/// Timeout of a connection attempt, and of the answers to one batch of commands.
const STEP: Duration = Duration::from_millis(500);
/// Time without an answer after which a call starts the probe of the circuit breaker.
const PATIENCE: Duration = Duration::from_millis(250);
/// Timeout of an attempt of the probe. It is longer than [`STEP`], so that a server that is merely busy may answer some
/// calls late without being considered unavailable.
const PROBE_WITHIN: Duration = Duration::from_secs(1);
/// Minimum age of the connections that [`Server::reconnect`] replaces.
const NEW: Duration = Duration::from_secs(1);

/// A pool of connections to one server, behind a circuit breaker. After a failure, all its connections are replaced:
/// the idle ones are likely to be dead as well, and each would otherwise cost a timeout.
pub(super) struct Server {
    address: ConnectionInfo,
    size: usize,
    current: Mutex<Current>,
    breaker: CircuitBreaker,
}

/// Use of the connections at one moment.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Usage {
    pub(crate) in_use: usize,
    pub(crate) idle: usize,
    /// Number of calls that are waiting for a connection.
    pub(crate) waiting: usize,
    /// Maximum number of connections.
    pub(crate) limit: usize,
}

impl std::ops::AddAssign for Usage {
    fn add_assign(&mut self, other: Self) {
        self.in_use += other.in_use;
        self.idle += other.idle;
        self.waiting += other.waiting;
        self.limit += other.limit;
    }
}

struct Current {
    pool: Pool,
    /// Number of pools before this one.
    generation: u64,
    since: Instant,
}

/// Reason why commands were not answered.
#[derive(Debug)]
pub(super) enum Failure {
    /// The connection was refused or lost, or Redis rejected the whole pipeline.
    Redis(RedisError),
    /// There was no connection or no answer within [`STEP`].
    Late,
    /// All connections of the pool stayed in use for [`STEP`].
    Busy,
    /// The server is known to be unavailable.
    Open(CircuitOpen),
}

impl Server {
    /// Creates the pool without connecting. Its circuit breaker is one of `circuits`.
    pub(super) fn new(
        node: &Node,
        address: ConnectionInfo,
        size: usize,
        circuits: &Circuits,
    ) -> RedisResult<Arc<Self>> {
        let pool = pool(&address, size)?;
        let options = BreakerOptions {
            server: node.to_string(),
            patience: PATIENCE,
            long_patience: STEP,
            probe_within: PROBE_WITHIN,
        };
        let breaker = CircuitBreaker::new(circuits, options, Arc::new(Ping(address.clone())));
        Ok(Arc::new(Self {
            address,
            size,
            current: Mutex::new(Current {
                pool,
                generation: 0,
                since: Instant::now(),
            }),
            breaker,
        }))
    }

    /// Sends a pipeline and returns the answers. Fails at once while the server is known to be unavailable.
    pub(super) async fn send<T: FromRedisValue>(&self, pipeline: &Pipeline) -> Result<T, Failure> {
        let answers = self.breaker.guard(self.exchange(pipeline)).await;
        answers.unwrap_or_else(|open| Err(Failure::Open(open)))
    }

    async fn exchange<T: FromRedisValue>(&self, pipeline: &Pipeline) -> Result<T, Failure> {
        let (generation, pool) = self.trusted();
        // Boxed: making a connection is rare, but needs 20 KiB of state that every call's future would carry.
        let answers = match timeout(STEP, Box::pin(pool.get())).await {
            Ok(Ok(mut connection)) => pipeline.query_async(&mut connection).await.map_err(Failure::of),
            Ok(Err(PoolError::Backend(error))) => Err(Failure::of(error)),
            Ok(Err(_)) => Err(Failure::Late),
            Err(_) => {
                let status = pool.status();
                let is_busy = status.available == 0 && status.size >= status.max_size;
                Err(if is_busy { Failure::Busy } else { Failure::Late })
            }
        };
        if answers.as_ref().is_err_and(Failure::is_of_connection) {
            self.replace(generation);
            let refusal = answers.as_ref().err().and_then(Failure::refusal);
            match refusal {
                Some(reason) => self.breaker.lose(&reason).await,
                // One lost connection or late answer does not mean that the server is unavailable.
                None => self.breaker.suspect(),
            }
        }
        answers
    }

    /// Returns the number of the pool, and the pool itself, which is replaced first if the server has been lost since
    /// the pool was created.
    fn trusted(&self) -> (u64, Pool) {
        let mut current = self.current.lock();
        if !self.breaker.trusts(current.since) {
            self.renew(&mut current);
        }
        (current.generation, current.pool.clone())
    }

    /// Returns the current use of the connections.
    pub(super) fn usage(&self) -> Usage {
        let status = self.current.lock().pool.status();
        Usage {
            in_use: status.size.saturating_sub(status.available),
            idle: status.available,
            waiting: status.waiting,
            limit: status.max_size,
        }
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
        if current.generation == generation {
            self.renew(&mut current);
        }
    }

    fn renew(&self, current: &mut Current) {
        if let Ok(pool) = pool(&self.address, self.size) {
            *current = Current {
                pool,
                generation: current.generation + 1,
                since: Instant::now(),
            };
        }
    }
}

impl From<Failure> for Error {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Redis(error) => from_redis(error),
            Failure::Late => Self::no_answer("redis", STEP),
            Failure::Busy => Self::given_up("redis", GivenUp::NoConnection(STEP)),
            Failure::Open(open) => Self::unavailable("redis", open),
        }
    }
}

impl Failure {
    /// Converts an error of the library, whose time limits are also [`STEP`].
    fn of(error: RedisError) -> Self {
        match error.is_timeout() {
            true => Self::Late,
            false => Self::Redis(error),
        }
    }

    /// Returns the kind of the failure, for traces.
    pub(super) const fn kind(&self) -> &'static str {
        match self {
            Self::Redis(_) => "redis",
            Self::Late => "timeout",
            Self::Busy => "busy",
            Self::Open(_) => "circuit_open",
        }
    }

    /// Returns `true` unless Redis answered, or the pool is only busy.
    pub(super) fn is_of_connection(&self) -> bool {
        match self {
            Self::Redis(error) => error.is_io_error() || error.is_unrecoverable_error(),
            Self::Late | Self::Open(_) => true,
            Self::Busy => false,
        }
    }

    /// Returns the reason if the server's port is closed.
    fn refusal(&self) -> Option<String> {
        match self {
            Self::Redis(error) if error.is_connection_refusal() => Some(error.to_string()),
            _ => None,
        }
    }
}

/// The probe of the circuit breaker.
struct Ping(ConnectionInfo);

#[async_trait]
impl Probe for Ping {
    async fn reach(&self) -> Result<(), Unreachable> {
        let asked = async {
            // The circuit breaker limits the time.
            let unlimited = AsyncConnectionConfig::new()
                .set_connection_timeout(None)
                .set_response_timeout(None);
            let client = Client::open(self.0.clone())?;
            let mut connection = client
                .get_multiplexed_async_connection_with_config(&unlimited)
                .await?;
            cmd("PING").query_async::<Value>(&mut connection).await
        };
        match asked.await {
            Err(error) if error.is_io_error() => Err(Unreachable(error.to_string())),
            // A server that rejects the login or is still loading its data is reachable.
            _ => Ok(()),
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

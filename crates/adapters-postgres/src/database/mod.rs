//! A pool of connections that fails at once while its server is unavailable.
//!
//! * `session`: new connections, and their settings.
//! * `explanation`: the errors of failed exchanges.
//! * `health`: whether the database can be read and written.

mod explanation;
mod health;
mod session;

use std::{fmt, sync::Arc, time::Duration};

use application::{Error, GivenUp, Result, fairness::account};
use backon::{ExponentialBuilder, Retryable as _};
use circuit_breaker::CircuitBreaker;
use diesel::result::{DatabaseErrorKind, Error as QueryError};
use diesel_async::{
    AsyncPgConnection,
    pooled_connection::{
        AsyncDieselConnectionManager, ManagerConfig, PoolError as ConnectionFailure, RecyclingMethod,
        deadpool::{Hook, HookError, Object, Pool, PoolError},
    },
};
use futures::{FutureExt, future::BoxFuture};
use metrics::gauge;
use tokio::time::{Instant, timeout};

use self::explanation::explained;
use crate::{
    disk_space::DiskSpace,
    failure::{Contended, DATABASE, Failure},
    limits::ANSWER_WITHIN,
    reach::{CONNECT_WITHIN, breaker},
    shares::Shares,
    statement_spans::exchange_failed,
    url::{DatabaseUrl, is_unreachable},
};

/// Timeout of an exchange that may involve any number of rows, a portion of them in each statement.
const BULK_ANSWER_WITHIN: Duration = Duration::from_secs(300);

/// Timeout of an exchange that may have to read every row: a count or a search.
const SCAN_WITHIN: Duration = Duration::from_secs(2);

/// Pauses before a change that conflicted with other transactions is attempted a second and a third time. They are
/// random, so that the same transactions do not conflict again.
const CONTENTION: ExponentialBuilder = ExponentialBuilder::new()
    .with_min_delay(Duration::from_millis(5))
    .with_factor(4.0)
    .with_jitter()
    .with_max_times(2);

/// Age above which a connection that rejects writes is replaced. `default_transaction_read_only` of a database or a role
/// is a property that a session keeps, and after a failover, an old connection may lead to a server that has become a
/// standby.
const READ_ONLY_FOR: Duration = Duration::from_secs(1);

/// Options of the connection pool.
#[derive(Debug, Clone)]
pub struct DatabaseOptions {
    /// Host, database and credentials.
    pub url: DatabaseUrl,
    /// Maximum number of connections; 0 means 1.
    pub pool_size: usize,
}

/// A PostgreSQL database. Clones share its connections.
///
/// While the server is unavailable, every operation returns [`Error::Unavailable`]: at once if its port is closed,
/// within 2.5 seconds if the server does not answer. After that, operations fail without an attempt until the server is
/// back, which a [circuit breaker](CircuitBreaker) notices within about a second. While the server accepts connections,
/// an operation may take 5 seconds, a count or a search 2 seconds, and an operation that may involve any number of rows
/// five minutes, with 5 seconds for each statement. This does not include the time to obtain a connection. Connections
/// that reject writes are replaced once they are older than a second, because new ones may accept writes.
///
/// A query for the account of a caller ([`account::holder`]) waits for its turn among the queries of the same user and
/// of the same organisation. If there are too many, it fails with [`Error::RateLimited`].
#[derive(Clone)]
pub struct Database {
    pub(crate) url: DatabaseUrl,
    pool: Pool<AsyncPgConnection>,
    breaker: Arc<CircuitBreaker>,
    shares: Arc<Shares>,
    disk_space: Arc<DiskSpace>,
}

impl Database {
    /// Creates a pool without connecting; the database need not be available yet.
    #[must_use]
    pub fn connect(options: DatabaseOptions) -> Self {
        let DatabaseOptions { url, pool_size } = options;
        let breaker = Arc::new(breaker(&url));
        let mut config = ManagerConfig::default();
        // A closed connection is detected without a query. A connection that is only open on this side is detected by
        // the timeout of its next use.
        config.recycling_method = RecyclingMethod::Fast;
        config.custom_setup = Box::new({
            let url = url.clone();
            move |_| session::open(url.clone()).boxed()
        });
        let trusted = Hook::sync_fn({
            let breaker = Arc::clone(&breaker);
            move |_, metrics| match breaker.trusts(metrics.created) {
                true => Ok(()),
                false => Err(HookError::message(
                    "the connection predates a loss of the database",
                )),
            }
        });
        let pool = Pool::builder(AsyncDieselConnectionManager::new_with_config(
            String::new(),
            config,
        ))
        .max_size(pool_size.max(1))
        .pre_recycle(trusted)
        .build()
        .expect("building a pool only fails for timeouts without a runtime, and this one has no timeouts");
        Self {
            url,
            pool,
            breaker,
            shares: Arc::new(Shares::of(pool_size)),
            disk_space: Arc::default(),
        }
    }

    /// Records the use of the connections as metrics.
    pub fn record_usage(&self) {
        let status = self.pool.status();
        let in_use = status.size.saturating_sub(status.available);
        for (state, connections) in [("in_use", in_use), ("idle", status.available)] {
            gauge!("fleetwatch_pool_connections", "dependency" => "database", "state" => state)
                .set(connections as f64);
        }
        let waiting = status.waiting + self.shares.waiting();
        gauge!("fleetwatch_pool_waiting", "dependency" => "database").set(waiting as f64);
        gauge!("fleetwatch_pool_size", "dependency" => "database").set(status.max_size as f64);
    }

    /// Runs `work` on a connection from the pool. All its queries together may take [`ANSWER_WITHIN`].
    pub(crate) async fn run<T: Send>(
        &self,
        work: impl for<'c> FnOnce(&'c mut AsyncPgConnection) -> BoxFuture<'c, Result<T, Failure>> + Send,
    ) -> Result<T> {
        self.run_within(ANSWER_WITHIN, work).await
    }

    /// Like [`Self::run`], for work on any number of rows: it may take [`BULK_ANSWER_WITHIN`], and each statement has
    /// the usual timeout. It takes no permit from its caller's share, because it would hold the permit for a long time.
    pub(crate) async fn run_bulk<T: Send>(
        &self,
        work: impl for<'c> FnOnce(&'c mut AsyncPgConnection) -> BoxFuture<'c, Result<T, Failure>> + Send,
    ) -> Result<T> {
        self.guarded(Box::pin(self.exchange(BULK_ANSWER_WITHIN, work)))
            .await
    }

    /// Like [`Self::run`], for work that may have to read every row: it may take [`SCAN_WITHIN`], and its duration is
    /// charged to the caller's account.
    pub(crate) async fn run_scan<T: Send + 'static>(
        &self,
        work: impl for<'c> FnOnce(&'c mut AsyncPgConnection) -> BoxFuture<'c, Result<T, Failure>> + Send + 'static,
    ) -> Result<T> {
        self.run_within(SCAN_WITHIN, move |connection| {
            async move {
                let started = Instant::now();
                let outcome = work(connection).await;
                account::charge_scan(started.elapsed());
                outcome
            }
            .boxed()
        })
        .await
    }

    /// Runs a change, and repeats it if the database aborted it because of a deadlock or a conflict with another
    /// transaction. Nothing else is repeated: after a loss of the connection, a change may have taken effect.
    pub(crate) async fn retrying<T, F>(&self, change: impl Fn() -> F + Send) -> Result<T>
    where
        F: Future<Output = Result<T>> + Send,
    {
        change.retry(CONTENTION).when(Contended::caused).await
    }

    /// Awaits an exchange with the database. Fails once the database is found to be unavailable.
    pub(crate) async fn guarded<T>(&self, exchange: impl Future<Output = Result<T>>) -> Result<T> {
        let outcome = self.breaker.guard(exchange).await;
        outcome.unwrap_or_else(|open| {
            exchange_failed(&self.url, "circuit_open");
            Err(Error::unavailable(DATABASE, open))
        })
    }

    async fn run_within<T: Send>(
        &self,
        limit: Duration,
        work: impl for<'c> FnOnce(&'c mut AsyncPgConnection) -> BoxFuture<'c, Result<T, Failure>> + Send,
    ) -> Result<T> {
        // Waiting for a turn is part of the exchange, so it also ends when the database becomes unavailable.
        // Boxed: the state of making a connection is large, and callers would contain it several times.
        let exchange = Box::pin(async {
            let _turn = match account::holder() {
                Some(holder) => Some(self.shares.turn_of(holder).await?),
                None => None,
            };
            self.exchange(limit, work).await
        });
        self.guarded(exchange).await
    }

    async fn exchange<T: Send>(
        &self,
        limit: Duration,
        work: impl for<'c> FnOnce(&'c mut AsyncPgConnection) -> BoxFuture<'c, Result<T, Failure>> + Send,
    ) -> Result<T> {
        let mut lent = PooledConnection(Some(self.connection().await?));
        let connection = lent.0.as_mut().expect("the connection is set");
        let outcome = match timeout(limit, work(connection)).await {
            Ok(Ok(value)) => Ok(value),
            // `explained` is not subject to `limit`, which may be used up: its check of the connection has a timeout.
            Ok(Err(failure)) => {
                if let Failure::Query(error) = &failure {
                    self.disk_space.note(error);
                    if is_read_only(error) {
                        self.breaker.distrust_connections_older_than(READ_ONLY_FOR);
                    }
                }
                Err(explained(failure, connection).await)
            }
            // An early return drops `lent`, which closes the connection: its answer has not arrived yet.
            Err(_elapsed) => {
                // A scan is given up before the server would cancel it. In all other exchanges, the server would have
                // answered with an error by now.
                if limit >= ANSWER_WITHIN {
                    self.breaker.distrust_connections();
                }
                exchange_failed(&self.url, "timeout");
                return Err(Error::no_answer(DATABASE, limit));
            }
        };
        lent.give_back();
        outcome
    }

    async fn connection(&self) -> Result<Object<AsyncPgConnection>> {
        let got = timeout(CONNECT_WITHIN, self.pool.get()).await;
        let lost = match &got {
            Ok(Err(PoolError::Backend(ConnectionFailure::ConnectionError(error))))
                if is_unreachable(error) =>
            {
                Some(error.to_string())
            }
            // All connections are in use, or the server does not answer.
            Err(_) => {
                self.breaker.suspect();
                None
            }
            _ => None,
        };
        if let Some(reason) = lost {
            self.breaker.lose(&reason).await;
        }
        match &got {
            Ok(Ok(_)) => {}
            Ok(Err(_)) => exchange_failed(&self.url, "connection"),
            Err(_) => exchange_failed(&self.url, "timeout"),
        }
        got.map_err(|_| Error::given_up(DATABASE, self.connecting_given_up()))?
            .map_err(|error| Error::unavailable(DATABASE, error))
    }

    /// Returns why no connection was obtained in time.
    fn connecting_given_up(&self) -> GivenUp {
        let status = self.pool.status();
        // A connection that is being made does not count towards the size.
        match status.size >= status.max_size && status.available == 0 {
            true => GivenUp::NoConnection(CONNECT_WITHIN),
            false => GivenUp::NoAnswer(CONNECT_WITHIN),
        }
    }
}

/// Connection in use. If it is dropped before it is returned to the pool, because of the timeout or because its caller
/// was dropped, an answer may still arrive on it. It is then closed and not reused.
struct PooledConnection(Option<Object<AsyncPgConnection>>);

impl PooledConnection {
    fn give_back(mut self) {
        drop(self.0.take());
    }
}

impl Drop for PooledConnection {
    fn drop(&mut self) {
        if let Some(connection) = self.0.take() {
            drop(Object::take(connection));
        }
    }
}

fn is_read_only(error: &QueryError) -> bool {
    matches!(
        error,
        QueryError::DatabaseError(DatabaseErrorKind::ReadOnlyTransaction, _)
    )
}

impl fmt::Debug for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Database")
            .field("url", &self.url)
            .field("pool", &self.pool.status())
            .finish()
    }
}

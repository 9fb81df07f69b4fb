//! A pool of connections that never makes its callers wait for a server that is not there.

use std::{fmt, sync::Arc, time::Duration};

use application::{
    Error, Result,
    ports::{Capability, Dependency},
};
use async_trait::async_trait;
use diesel::{QueryableByName, sql_types::Bool};
use diesel_async::{
    AsyncPgConnection, RunQueryDsl as _, SimpleAsyncConnection,
    pooled_connection::{
        AsyncDieselConnectionManager, ManagerConfig, PoolError as ConnectionFailure, RecyclingMethod,
        deadpool::{Hook, HookError, Object, Pool, PoolError},
    },
};
use futures::{FutureExt, future::BoxFuture};
use tokio::time::timeout;

use crate::{
    availability::{Availability, CONNECT_WITHIN},
    failure::{DATABASE, Failure, Verdict},
    url::{DatabaseUrl, is_no_way},
};

/// How long one exchange (a query, or a transaction) may take.
const ANSWER_WITHIN: Duration = Duration::from_secs(5);

/// The same for what is about any number of rows, in statements about some of them each.
const BULK_ANSWER_WITHIN: Duration = Duration::from_secs(60);

/// How long a connection may take to show that it still works.
const SIGN_OF_LIFE_WITHIN: Duration = Duration::from_millis(500);

/// How a session is set up.
///
/// * What nobody here waits for any more is ended on the server, later than [`ANSWER_WITHIN`], which is the rule.
/// * Statements are planned for the values that they are run with: a status that nearly every vehicle has wants
///   another index than one that is rare. That costs less than a millisecond, and a plan for anything can cost a
///   hundred.
/// * Rows here and there are read at nearly the price of rows one after the other: the registry is in memory, or on a
///   disk without a head. Otherwise PostgreSQL reads all vehicles for the sake of a thousand.
const SESSION: &str = "SET statement_timeout = '6s';
    SET plan_cache_mode = force_custom_plan;
    SET random_page_cost = 1.1";

/// Where the database is and how it is used.
#[derive(Debug, Clone)]
pub struct DatabaseOptions {
    /// Where it is.
    pub url: DatabaseUrl,
    /// The most connections at a time, at least 1.
    pub pool_size: usize,
}

/// A PostgreSQL database. Clones share its connections.
///
/// Whatever is asked of it gives [`Error::Unavailable`] when the server is away: at once when there is nobody
/// at its port, after 1.5 seconds when the server is silent, and from then on without asking, until the server is
/// back, which is seen within half a second. A server that answers other connections has 5 seconds, and a minute for
/// what is about all vehicles.
#[derive(Clone)]
pub struct Database {
    pub(crate) url: DatabaseUrl,
    pool: Pool<AsyncPgConnection>,
    availability: Arc<Availability>,
}

impl Database {
    /// Gets ready for a database, which need not be there yet: connections are made when they are needed.
    #[must_use]
    pub fn connect(options: DatabaseOptions) -> Self {
        let DatabaseOptions { url, pool_size } = options;
        let availability = Arc::new(Availability::of(url.clone()));
        let mut config = ManagerConfig::default();
        // A connection that was closed is noticed without asking; one that only seems open is found out by
        // the time limit of its next use.
        config.recycling_method = RecyclingMethod::Fast;
        config.custom_setup = Box::new({
            let url = url.clone();
            move |_| dial_for_queries(url.clone()).boxed()
        });
        let trusted = Hook::sync_fn({
            let availability = Arc::clone(&availability);
            move |_, metrics| match availability.trusts(metrics.created) {
                true => Ok(()),
                false => Err(HookError::message("a connection of its time did not answer")),
            }
        });
        let pool = Pool::builder(AsyncDieselConnectionManager::new_with_config(
            String::new(),
            config,
        ))
        .max_size(pool_size.max(1))
        .pre_recycle(trusted)
        .build()
        .expect("a pool is refused only for time limits without a runtime, and this one has none");
        Self {
            url,
            pool,
            availability,
        }
    }

    /// Lends a connection to `work`, whose queries have [`ANSWER_WITHIN`] together.
    pub(crate) async fn run<T: Send>(
        &self,
        work: impl for<'c> FnOnce(&'c mut AsyncPgConnection) -> BoxFuture<'c, Result<T, Failure>> + Send,
    ) -> Result<T> {
        self.run_within(ANSWER_WITHIN, work).await
    }

    /// The same for work on any number of rows: it has [`BULK_ANSWER_WITHIN`], and each of its statements as long as
    /// any other.
    pub(crate) async fn run_bulk<T: Send>(
        &self,
        work: impl for<'c> FnOnce(&'c mut AsyncPgConnection) -> BoxFuture<'c, Result<T, Failure>> + Send,
    ) -> Result<T> {
        self.run_within(BULK_ANSWER_WITHIN, work).await
    }

    async fn run_within<T: Send>(
        &self,
        limit: Duration,
        work: impl for<'c> FnOnce(&'c mut AsyncPgConnection) -> BoxFuture<'c, Result<T, Failure>> + Send,
    ) -> Result<T> {
        let exchange = async {
            let mut connection = self.connection().await?;
            match timeout(limit, work(&mut connection)).await {
                Ok(Ok(value)) => Ok(value),
                Ok(Err(failure)) => Err(explained(failure, &mut connection).await),
                Err(elapsed) => {
                    // The answer may still be on its way: not a connection for the next one.
                    drop(Object::take(connection));
                    Err(Error::unavailable(DATABASE, elapsed))
                }
            }
        };
        self.availability.while_there(exchange).await
    }

    async fn connection(&self) -> Result<Object<AsyncPgConnection>> {
        let got = timeout(CONNECT_WITHIN, self.pool.get()).await;
        match &got {
            Ok(Err(PoolError::Backend(ConnectionFailure::ConnectionError(error)))) if is_no_way(error) => {
                self.availability.lose(error);
            }
            // Either all are in use, or the server is silent.
            Err(_) => self.availability.probe(),
            _ => {}
        }
        got.map_err(|elapsed| Error::unavailable(DATABASE, elapsed))?
            .map_err(|error| Error::unavailable(DATABASE, error))
    }
}

/// What a failure means to the caller.
async fn explained(failure: Failure, connection: &mut AsyncPgConnection) -> Error {
    let error = match failure {
        Failure::Refused(error) => return error,
        Failure::Query(error) => error,
    };
    match Verdict::of(error) {
        Verdict::Answer(error) => error,
        Verdict::Away(error) => Error::unavailable(DATABASE, error),
        Verdict::Unclear(error) if works(connection).await => Error::internal(error),
        Verdict::Unclear(error) => Error::unavailable(DATABASE, error),
    }
}

/// Whether a session may write, asked without writing.
const WRITES: &str = "SELECT pg_is_in_recovery() AS is_standby,
    current_setting('transaction_read_only')::boolean AS is_read_only";

#[derive(QueryableByName)]
struct Writes {
    #[diesel(sql_type = Bool)]
    is_standby: bool,
    /// The effect of `default_transaction_read_only` on every transaction.
    #[diesel(sql_type = Bool)]
    is_read_only: bool,
}

#[async_trait]
impl Dependency for Database {
    fn name(&self) -> &'static str {
        DATABASE
    }

    async fn check(&self) -> Result<Capability> {
        let writes = self
            .run(|connection| {
                async move { Ok(diesel::sql_query(WRITES).get_result::<Writes>(connection).await?) }.boxed()
            })
            .await?;
        Ok(match writes {
            Writes { is_standby: true, .. } => Capability::ReadOnly {
                reason: "it is a hot standby",
            },
            Writes {
                is_read_only: true, ..
            } => Capability::ReadOnly {
                reason: "its transactions are read-only",
            },
            Writes { .. } => Capability::ReadWrite,
        })
    }
}

impl fmt::Debug for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Database")
            .field("url", &self.url)
            .field("pool", &self.pool.status())
            .finish()
    }
}

async fn dial_for_queries(url: DatabaseUrl) -> diesel::ConnectionResult<AsyncPgConnection> {
    let mut connection = url.dial().await?;
    let set_up = connection.batch_execute(SESSION).await;
    set_up.map_err(diesel::ConnectionError::CouldntSetupConfiguration)?;
    Ok(connection)
}

async fn works(connection: &mut AsyncPgConnection) -> bool {
    matches!(
        timeout(SIGN_OF_LIFE_WITHIN, connection.batch_execute("SELECT 1")).await,
        Ok(Ok(()))
    )
}

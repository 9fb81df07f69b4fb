//! A pool of connections that never makes its callers wait for a server that is not there.

use std::{fmt, sync::Arc, time::Duration};

use application::{
    Error, Result,
    fairness::account,
    ports::{Capability, Dependency},
};
use async_trait::async_trait;
use diesel::{
    QueryableByName,
    result::{DatabaseErrorKind, Error as QueryError},
    sql_types::Bool,
};
use diesel_async::{
    AsyncPgConnection, RunQueryDsl as _, SimpleAsyncConnection,
    pooled_connection::{
        AsyncDieselConnectionManager, ManagerConfig, PoolError as ConnectionFailure, RecyclingMethod,
        deadpool::{Hook, HookError, Object, Pool, PoolError},
    },
};
use futures::{FutureExt, future::BoxFuture};
use tokio::time::{Instant, timeout};

use crate::{
    availability::{Availability, CONNECT_WITHIN},
    failure::{Contended, DATABASE, Failure, Verdict, names_no_place},
    shares::Shares,
    url::{DatabaseUrl, is_no_way},
};

/// How long one exchange (a query, or a transaction) may take.
const ANSWER_WITHIN: Duration = Duration::from_secs(5);

/// The same for what is about any number of rows, in statements about some of them each.
const BULK_ANSWER_WITHIN: Duration = Duration::from_secs(300);

/// The same for what may have to read every row: a count, a search.
const SCAN_WITHIN: Duration = Duration::from_secs(2);

/// How often a change is tried that another one got in the way of.
const ATTEMPTS: usize = 3;

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
/// * Who waits for a row, or for a name that another transaction may free, gives up in time to say so.
const SESSION: &str = "SET statement_timeout = '6s';
    SET lock_timeout = '2s';
    SET plan_cache_mode = force_custom_plan;
    SET random_page_cost = 1.1";

/// Settings of a connection, each applied where the server knows it and lets this user set it.
///
/// * A query whose client is gone is given up. Otherwise a client that hangs up again and again keeps the server busy
///   with more queries than the pool has connections.
/// * Messages are in English: some errors are told apart by them. Only superusers may set this, and roles that were
///   given it by `GRANT SET ON PARAMETER lc_messages`; what others hear is judged by [`names_no_place`].
const WISHES: [&str; 2] = [
    "SELECT set_config(name, '500ms', false) FROM pg_settings WHERE name = 'client_connection_check_interval'",
    "SET lc_messages = 'C'",
];

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
/// back, which is seen within half a second. A server that answers other connections has 5 seconds, and five minutes
/// for what is about all vehicles.
///
/// A query on the account of a caller ([`account::holder`]) waits for its turn among the queries of the same user
/// and of the same organisation. Too many of them are [`Error::RateLimited`].
#[derive(Clone)]
pub struct Database {
    pub(crate) url: DatabaseUrl,
    pool: Pool<AsyncPgConnection>,
    availability: Arc<Availability>,
    shares: Arc<Shares>,
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
            shares: Arc::new(Shares::of(pool_size)),
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
    /// any other. It takes no place of its caller's share, as it would hold that for long.
    pub(crate) async fn run_bulk<T: Send>(
        &self,
        work: impl for<'c> FnOnce(&'c mut AsyncPgConnection) -> BoxFuture<'c, Result<T, Failure>> + Send,
    ) -> Result<T> {
        let exchange = self.exchange(BULK_ANSWER_WITHIN, work);
        self.availability.while_there(exchange).await
    }

    /// The same for what may have to read every row, which has [`SCAN_WITHIN`]; what it takes is put on its caller's
    /// account.
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

    /// Makes a change, and makes it again when another one got in its way: both waited for each other, and the database
    /// gave up one of them.
    pub(crate) async fn retrying<T, F>(&self, change: impl Fn() -> F + Send) -> Result<T>
    where
        F: Future<Output = Result<T>> + Send,
    {
        let mut attempt = 1;
        loop {
            match change().await {
                Err(error) if attempt < ATTEMPTS && Contended::caused(&error) => attempt += 1,
                outcome => return outcome,
            }
        }
    }

    async fn run_within<T: Send>(
        &self,
        limit: Duration,
        work: impl for<'c> FnOnce(&'c mut AsyncPgConnection) -> BoxFuture<'c, Result<T, Failure>> + Send,
    ) -> Result<T> {
        let exchange = async {
            let _turn = match account::holder() {
                Some(holder) => Some(self.shares.turn_of(holder).await?),
                None => None,
            };
            self.exchange(limit, work).await
        };
        self.availability.while_there(exchange).await
    }

    async fn exchange<T: Send>(
        &self,
        limit: Duration,
        work: impl for<'c> FnOnce(&'c mut AsyncPgConnection) -> BoxFuture<'c, Result<T, Failure>> + Send,
    ) -> Result<T> {
        let mut lent = Lent(Some(self.connection().await?));
        let connection = lent.0.as_mut().expect("it was lent just now");
        let outcome = match timeout(limit, work(connection)).await {
            Ok(Ok(value)) => Ok(value),
            Ok(Err(failure)) => Err(explained(failure, connection).await),
            Err(elapsed) => return Err(Error::unavailable(DATABASE, elapsed)),
        };
        lent.give_back();
        outcome
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

/// A connection in use. When it is dropped before it is given back, because the time is over or nobody waits for the
/// answer any more, that answer may still be on its way: the connection is closed, and none for the next one.
struct Lent(Option<Object<AsyncPgConnection>>);

impl Lent {
    fn give_back(mut self) {
        drop(self.0.take());
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        if let Some(connection) = self.0.take() {
            drop(Object::take(connection));
        }
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
        Verdict::Contended(error) => Error::unavailable(DATABASE, Contended(error)),
        Verdict::Unclear(error) => match language(connection).await {
            None => Error::unavailable(DATABASE, error),
            // Which of them it was is not known, and a change that is made again does no harm.
            Some(Language::Other) if names_no_place(&error) => Error::unavailable(DATABASE, Contended(error)),
            Some(_) => Error::internal(error),
        },
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
    for wish in WISHES {
        if let Err(error) = connection.batch_execute(wish).await {
            tracing::debug!(%error, "the database does not allow a setting");
        }
    }
    Ok(connection)
}

/// The language of a server's messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Language {
    English,
    Other,
}

/// Finds out by an error that is well known whether a connection works, and in which language. Names of locales do not
/// say that: the server's environment has a part in it (`LANGUAGE`), and translations may be missing.
async fn language(connection: &mut AsyncPgConnection) -> Option<Language> {
    let answer = timeout(SIGN_OF_LIFE_WITHIN, connection.batch_execute("SELECT 1/0"));
    match answer.await.ok()? {
        Err(QueryError::DatabaseError(DatabaseErrorKind::Unknown, information)) => {
            Some(match information.message() {
                "division by zero" => Language::English,
                _ => Language::Other,
            })
        }
        _ => None,
    }
}

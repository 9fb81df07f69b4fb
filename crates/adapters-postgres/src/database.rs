//! A pool of connections that never makes its callers wait for a server that is not there.

use std::{fmt, sync::Arc, time::Duration};

use application::{Error, Result, ports::Dependency};
use async_trait::async_trait;
use diesel_async::{
    AsyncPgConnection, SimpleAsyncConnection,
    pooled_connection::{
        AsyncDieselConnectionManager, ManagerConfig, RecyclingMethod,
        deadpool::{Hook, HookError, Object, Pool},
    },
};
use futures::{FutureExt, future::BoxFuture};
use tokio::time::timeout;

use crate::{
    availability::{Availability, Away, CONNECT_WITHIN},
    failure::{DATABASE, Failure, Verdict},
    url::DatabaseUrl,
};

/// How long one exchange (a query, or a transaction) may take.
const ANSWER_WITHIN: Duration = Duration::from_secs(5);

/// How long a connection may take to show that it still works.
const SIGN_OF_LIFE_WITHIN: Duration = Duration::from_millis(500);

/// Ends on the server what nobody here waits for any more; later than [`ANSWER_WITHIN`], which is the rule.
const STATEMENT_TIMEOUT: &str = "SET statement_timeout = '6s'";

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
/// Whatever is asked of it gives [`Error::Unavailable`] when the server is away: after 1 second without a
/// connection or 5 seconds without an answer the first time, and at once from then on, until the server is
/// back, which is seen within half a second.
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
        let mut connection = self.connection().await?;
        match timeout(ANSWER_WITHIN, work(&mut connection)).await {
            Ok(Ok(value)) => Ok(value),
            Ok(Err(Failure::Refused(error))) => Err(error),
            Ok(Err(Failure::Query(error))) => match Verdict::of(error) {
                Verdict::Answer(error) => Err(error),
                Verdict::Away(error) => Err(Error::unavailable(DATABASE, error)),
                Verdict::Unclear(error) if works(&mut connection).await => Err(Error::internal(error)),
                Verdict::Unclear(error) => Err(Error::unavailable(DATABASE, error)),
            },
            Err(_) => {
                self.availability.mistrust_connections();
                Err(self.away(Away::NoAnswer(ANSWER_WITHIN)))
            }
        }
    }

    async fn connection(&self) -> Result<Object<AsyncPgConnection>> {
        self.availability
            .check()
            .map_err(|away| Error::unavailable(DATABASE, away))?;
        match timeout(CONNECT_WITHIN, self.pool.get()).await {
            Ok(Ok(connection)) => Ok(connection),
            Ok(Err(error)) => Err(self.away(error)),
            Err(_) => Err(self.away(Away::NoConnection)),
        }
    }

    fn away(&self, reason: impl std::error::Error + Send + Sync + 'static) -> Error {
        self.availability.suspect(&reason);
        Error::unavailable(DATABASE, reason)
    }
}

#[async_trait]
impl Dependency for Database {
    fn name(&self) -> &'static str {
        DATABASE
    }

    async fn check(&self) -> Result<()> {
        self.run(|connection| async move { Ok(connection.batch_execute("SELECT 1").await?) }.boxed())
            .await
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
    let limited = connection.batch_execute(STATEMENT_TIMEOUT).await;
    limited.map_err(diesel::ConnectionError::CouldntSetupConfiguration)?;
    Ok(connection)
}

async fn works(connection: &mut AsyncPgConnection) -> bool {
    matches!(
        timeout(SIGN_OF_LIFE_WITHIN, connection.batch_execute("SELECT 1")).await,
        Ok(Ok(()))
    )
}

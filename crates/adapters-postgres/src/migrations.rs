//! Application and reversion of migrations, and the check that the schema is up to date.

use std::time::Duration;

use application::{Error, Result};
use backon::{BackoffBuilder as _, ExponentialBuilder};
use diesel::{
    QueryDsl as _, QueryableByName,
    migration::{Migration, MigrationSource, MigrationVersion},
    pg::Pg,
    result::QueryResult,
    sql_types::{BigInt, Bool},
};
use diesel_async::{AsyncConnection as _, AsyncMigrationHarness, AsyncPgConnection, RunQueryDsl};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};
use domain::Violations;
use tokio::time::{Instant, sleep, timeout};

use crate::{
    database::Database,
    failure::{DATABASE, Failure, Verdict, away},
    limits::ANSWER_WITHIN,
    reach::CONNECT_WITHIN,
    users,
};

const MIGRATIONS: EmbeddedMigrations = embed_migrations!("../../migrations");

/// Key of the advisory lock for changes of the schema: "fleetwat" in ASCII.
const LOCK: i64 = 0x666c_6565_7477_6174;

/// Pauses between the attempts to obtain [`LOCK`] while another server is migrating.
const TURN_PAUSES: ExponentialBuilder = ExponentialBuilder::new()
    .with_min_delay(Duration::from_millis(5))
    .with_max_delay(Duration::from_millis(500))
    .with_jitter()
    .without_max_times();

/// Time after which a log line reports that another server is migrating.
const LONG_TURN: Duration = Duration::from_secs(2);

diesel::table! {
    /// Table in which Diesel records the applied migrations.
    #[sql_name = "__diesel_schema_migrations"]
    applied (version) {
        version -> Text,
    }
}

#[derive(QueryableByName)]
struct Answer {
    #[diesel(sql_type = Bool)]
    is_so: bool,
}

type Harness = AsyncMigrationHarness<AsyncPgConnection>;
type Outcome = diesel::migration::Result<Vec<String>>;

impl Database {
    /// Applies pending migrations, and returns their versions. If several servers start at once, one of them migrates
    /// while the others wait.
    ///
    /// # Errors
    /// Returns [`Error::Unavailable`] if there is no connection, and [`Error::Internal`] if a migration fails, in which
    /// case the migrations before it stay applied.
    pub async fn migrate(&self) -> Result<Vec<String>> {
        // Skipped if it would change nothing, because the role may not be permitted to change the schema.
        let applied = match self.is_up_to_date().await? {
            true => Vec::new(),
            false => {
                self.reshape(|harness| Ok(versions(&harness.run_pending_migrations(MIGRATIONS)?)))
                    .await?
            }
        };
        // A connection of the pool may have cached plans for the previous tables.
        let mut connection = self.dial().await?;
        self.guarded(async {
            let compared = connection.transaction(async |names| users::recompare(names).await);
            compared.await.map_err(|failure| match failure {
                Failure::Refused(error) => error,
                Failure::Query(error) => match Verdict::of(error) {
                    Verdict::Answer(error) => error,
                    Verdict::Away(error) | Verdict::Contended(error) => away(error),
                    Verdict::Unclear(error) => Error::internal(error),
                },
            })
        })
        .await?;
        Ok(applied)
    }

    /// Returns `true` if every migration is applied.
    ///
    /// # Errors
    /// Returns [`Error::Unavailable`] if there is no connection.
    pub async fn is_up_to_date(&self) -> Result<bool> {
        let applied = self.applied().await?;
        Ok(known()?.iter().all(|version| applied.contains(version)))
    }

    async fn applied(&self) -> Result<Vec<String>> {
        let mut connection = self.dial().await?;
        let table =
            diesel::sql_query("SELECT to_regclass('__diesel_schema_migrations') IS NOT NULL AS is_so");
        if !in_time(table.get_result::<Answer>(&mut connection)).await?.is_so {
            return Ok(Vec::new());
        }
        let versions = applied::table.select(applied::version);
        in_time(versions.load(&mut connection)).await
    }

    async fn dial(&self) -> Result<AsyncPgConnection> {
        timeout(CONNECT_WITHIN, self.url.dial())
            .await
            .map_err(|_| Error::no_answer(DATABASE, CONNECT_WITHIN))?
            .map_err(|error| Error::unavailable(DATABASE, error))
    }

    /// Reverts the last `steps` migrations, with the data in their tables, and returns their versions.
    ///
    /// # Errors
    /// Returns the errors of [`Database::migrate`], and [`Error::Invalid`] (`down`) if fewer migrations are applied.
    pub async fn revert(&self, steps: usize) -> Result<Vec<String>> {
        let applied = self.applied().await?.len();
        if steps > applied {
            let message = format!("must be at most {applied}, the number of applied migrations");
            return Err(Violations::of("down", message).into());
        }
        self.reshape(move |harness| {
            (0..steps)
                .map(|_| Ok(harness.revert_last_migration(MIGRATIONS)?.to_string()))
                .collect()
        })
        .await
    }

    /// Reverts every migration, with all data, and returns their versions.
    ///
    /// # Errors
    /// Returns the errors of [`Database::migrate`].
    pub async fn revert_all(&self) -> Result<Vec<String>> {
        self.reshape(|harness| Ok(versions(&harness.revert_all_migrations(MIGRATIONS)?)))
            .await
    }

    /// Runs `change` on a separate connection, to which the pool's timeouts do not apply. It holds a lock until the
    /// connection is closed. While the database is reachable, the duration is not limited: a migration may have to
    /// rewrite a large table.
    async fn reshape(
        &self,
        change: impl FnOnce(&mut Harness) -> Outcome + Send + 'static,
    ) -> Result<Vec<String>> {
        let mut connection = self.dial().await?;
        self.guarded(async move {
            take_turn(&mut connection).await?;
            // Diesel's migrations are blocking code. On a single-threaded runtime, the harness would panic.
            let outcome = tokio::task::spawn_blocking(move || change(&mut Harness::new(connection))).await;
            outcome.map_err(Error::internal)?.map_err(Error::internal)
        })
        .await
    }
}

/// Waits until no other server is migrating. Each attempt has a timeout, unlike a statement that waits for the lock, so
/// a database that no longer answers is noticed.
async fn take_turn(connection: &mut AsyncPgConnection) -> Result<()> {
    let (began, mut is_logged) = (Instant::now(), false);
    for pause in TURN_PAUSES.build() {
        let attempt = diesel::sql_query("SELECT pg_try_advisory_lock($1) AS is_so").bind::<BigInt, _>(LOCK);
        if in_time(attempt.get_result::<Answer>(connection)).await?.is_so {
            break;
        }
        if began.elapsed() >= LONG_TURN && !std::mem::replace(&mut is_logged, true) {
            tracing::info!("waiting for another server to migrate the database");
        }
        sleep(pause).await;
    }
    Ok(())
}

/// Awaits the result of one statement on a connection outside the pool.
async fn in_time<T>(statement: impl Future<Output = QueryResult<T>>) -> Result<T> {
    timeout(ANSWER_WITHIN, statement)
        .await
        .map_err(|_| Error::no_answer(DATABASE, ANSWER_WITHIN))?
        .map_err(|error| Error::unavailable(DATABASE, error))
}

/// Returns the versions embedded in this program.
fn known() -> Result<Vec<String>> {
    let known = MigrationSource::<Pg>::migrations(&MIGRATIONS).map_err(Error::internal)?;
    let version = |migration: Box<dyn Migration<Pg>>| migration.name().version().to_string();
    Ok(known.into_iter().map(version).collect())
}

fn versions(migrations: &[MigrationVersion<'_>]) -> Vec<String> {
    migrations.iter().map(ToString::to_string).collect()
}

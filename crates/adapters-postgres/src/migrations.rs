//! The shape of the database, applied step by step.

use application::{Error, Result};
use diesel::{
    QueryDsl as _, QueryableByName,
    migration::{Migration, MigrationSource, MigrationVersion},
    pg::Pg,
    sql_types::{BigInt, Bool},
};
use diesel_async::{AsyncConnection as _, AsyncMigrationHarness, AsyncPgConnection, RunQueryDsl};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};
use domain::Violations;
use tokio::time::timeout;

use crate::{
    availability::CONNECT_WITHIN,
    database::Database,
    failure::{DATABASE, Failure},
    users,
};

const MIGRATIONS: EmbeddedMigrations = embed_migrations!("../../migrations");

/// Names the right to change the database's shape: "fleetwat" in ASCII.
const LOCK: i64 = 0x666c_6565_7477_6174;

diesel::table! {
    /// The table in which Diesel records the migrations that are applied.
    #[sql_name = "__diesel_schema_migrations"]
    applied (version) {
        version -> Text,
    }
}

#[derive(QueryableByName)]
struct Listed {
    #[diesel(sql_type = Bool)]
    is_there: bool,
}

type Harness = AsyncMigrationHarness<AsyncPgConnection>;
type Outcome = diesel::migration::Result<Vec<String>>;

impl Database {
    /// Applies the migrations that are not applied yet and gives their versions. When several servers start at
    /// once, one does it and the others wait for it.
    ///
    /// # Errors
    /// [`Error::Unavailable`] without a connection, [`Error::Internal`] when a migration fails; those before it
    /// stay applied.
    pub async fn migrate(&self) -> Result<Vec<String>> {
        // A role that may not change the schema can still find that there is nothing to change.
        let applied = match self.is_up_to_date().await? {
            true => Vec::new(),
            false => {
                self.reshape(|harness| Ok(versions(&harness.run_pending_migrations(MIGRATIONS)?)))
                    .await?
            }
        };
        // On a connection of its own: those of the pool may know plans for the tables as they were.
        let mut connection = self.dial().await?;
        let compared = connection.transaction(async |names| users::compare_anew(names).await);
        compared.await.map_err(|failure| match failure {
            Failure::Refused(error) => error,
            Failure::Query(error) => Error::internal(error),
        })?;
        Ok(applied)
    }

    /// Whether every migration is applied.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn is_up_to_date(&self) -> Result<bool> {
        let applied = self.applied().await?;
        Ok(known()?.iter().all(|version| applied.contains(version)))
    }

    async fn applied(&self) -> Result<Vec<String>> {
        let mut connection = self.dial().await?;
        let table: Listed =
            diesel::sql_query("SELECT to_regclass('__diesel_schema_migrations') IS NOT NULL AS is_there")
                .get_result(&mut connection)
                .await
                .map_err(|error| Error::unavailable(DATABASE, error))?;
        if !table.is_there {
            return Ok(Vec::new());
        }
        applied::table
            .select(applied::version)
            .load(&mut connection)
            .await
            .map_err(|error| Error::unavailable(DATABASE, error))
    }

    async fn dial(&self) -> Result<AsyncPgConnection> {
        timeout(CONNECT_WITHIN, self.url.dial())
            .await
            .map_err(|elapsed| Error::unavailable(DATABASE, elapsed))?
            .map_err(|error| Error::unavailable(DATABASE, error))
    }

    /// Takes back the last `steps` migrations, with the data that they hold, and gives their versions.
    ///
    /// # Errors
    /// As [`Database::migrate`]; [`Error::Invalid`] (`down`) when fewer are applied than that.
    pub async fn revert(&self, steps: usize) -> Result<Vec<String>> {
        let applied = self.applied().await?.len();
        if steps > applied {
            let message = format!("must be at most {applied}: so many migrations are applied");
            return Err(Violations::of("down", message).into());
        }
        self.reshape(move |harness| {
            (0..steps)
                .map(|_| Ok(harness.revert_last_migration(MIGRATIONS)?.to_string()))
                .collect()
        })
        .await
    }

    /// Takes back every migration, with all data.
    ///
    /// # Errors
    /// As [`Database::migrate`].
    pub async fn revert_all(&self) -> Result<Vec<String>> {
        self.reshape(|harness| Ok(versions(&harness.revert_all_migrations(MIGRATIONS)?)))
            .await
    }

    /// Runs `change` on a connection of its own, which no time limit of the pool's ends, under a lock that is
    /// gone with the connection.
    async fn reshape(
        &self,
        change: impl FnOnce(&mut Harness) -> Outcome + Send + 'static,
    ) -> Result<Vec<String>> {
        let mut connection = self.dial().await?;
        diesel::sql_query("SELECT pg_advisory_lock($1)")
            .bind::<BigInt, _>(LOCK)
            .execute(&mut connection)
            .await
            .map_err(|error| Error::unavailable(DATABASE, error))?;
        // Diesel's migrations are blocking code; the harness would panic on a runtime of one thread.
        let outcome = tokio::task::spawn_blocking(move || change(&mut Harness::new(connection))).await;
        outcome.map_err(Error::internal)?.map_err(Error::internal)
    }
}

/// The versions that this program knows.
fn known() -> Result<Vec<String>> {
    let known = MigrationSource::<Pg>::migrations(&MIGRATIONS).map_err(Error::internal)?;
    let version = |migration: Box<dyn Migration<Pg>>| migration.name().version().to_string();
    Ok(known.into_iter().map(version).collect())
}

fn versions(migrations: &[MigrationVersion<'_>]) -> Vec<String> {
    migrations.iter().map(ToString::to_string).collect()
}

//! Migration of the database at start-up.

use std::time::Duration;

use adapters_postgres::Database;
use tokio_util::sync::CancellationToken;

/// Time between two attempts to migrate.
const RETRY: Duration = Duration::from_secs(1);

/// Migrates the database now, before anything reads from it. Returns `None` if that succeeded, otherwise the database,
/// to be passed to [`until_done`]. Servers that start at the same time take turns.
pub(super) async fn if_available(database: Database) -> Option<Database> {
    (!is_done(&database).await).then_some(database)
}

/// Retries the migration until it succeeds or `stop` is cancelled. Until then the server runs but is not ready.
pub(super) async fn until_done(database: Database, stop: CancellationToken) {
    while stop
        .run_until_cancelled(tokio::time::sleep(RETRY))
        .await
        .is_some()
    {
        if is_done(&database).await {
            return;
        }
    }
}

/// Logs a warning if the server's role could alter or delete entries of the audit log, as the owner of the table can.
async fn warn_of_owner(database: &Database) {
    if matches!(database.can_alter_audit_log().await, Ok(true)) {
        tracing::warn!(
            "the role in FLEETWATCH_DATABASE__URL could change entries of the audit log: \
             use another role as the owner of the tables (FLEETWATCH_DATABASE__OWNER_URL)"
        );
    }
}

async fn is_done(database: &Database) -> bool {
    match database.migrate().await {
        Ok(applied) => {
            if !applied.is_empty() {
                tracing::info!(migrations = applied.join(", "), "the database was migrated");
            }
            warn_of_owner(database).await;
            true
        }
        Err(error) if error.is_unavailable() => {
            tracing::debug!(error = error.chain(), "waiting for the database");
            false
        }
        Err(error) => {
            tracing::error!(
                error = error.chain(),
                "cannot migrate the database; if another role owns the tables, run `fleetwatch migrate`"
            );
            false
        }
    }
}

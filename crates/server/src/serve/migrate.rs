//! The database's schema at start-up.

use std::time::Duration;

use adapters_postgres::Database;
use tokio_util::sync::CancellationToken;

/// How long it takes to look again for a database that is away.
const RETRY: Duration = Duration::from_secs(1);

/// Brings the schema up to date. A database that is there is migrated when this returns, so that nobody reads
/// what is not there yet; one that is away is given back, for [`until_done`]. Servers that start together take
/// turns.
pub(super) async fn unless_away(database: Database) -> Option<Database> {
    (!is_done(&database).await).then_some(database)
}

/// The same for a database that is away, however long that takes: the server is up meanwhile, and not ready.
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

/// Says it when this server could do away with what the audit log has of it.
async fn warn_of_owner(database: &Database) {
    if matches!(database.can_alter_audit_log().await, Ok(true)) {
        tracing::warn!(
            "FLEETWATCH_DATABASE__URL names a role that owns the audit log, and could change what it has: let another role \
             own the tables (FLEETWATCH_DATABASE__OWNER_URL)"
        );
    }
}

async fn is_done(database: &Database) -> bool {
    match database.migrate().await {
        Ok(applied) => {
            if !applied.is_empty() {
                tracing::info!(migrations = applied.join(", "), "the database is migrated");
            }
            warn_of_owner(database).await;
            true
        }
        Err(error) if error.is_unavailable() => {
            tracing::debug!(%error, "waiting for the database");
            false
        }
        Err(error) => {
            let cause = std::error::Error::source(&error).map(ToString::to_string);
            tracing::error!(
                %error, cause,
                "the database can't be migrated; where another role owns the tables, `fleetwatch migrate` does it"
            );
            false
        }
    }
}

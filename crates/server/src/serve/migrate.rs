//! The database's schema at start-up.

use std::time::Duration;

use adapters_postgres::Database;
use tokio_util::sync::CancellationToken;

/// How long it takes to look again for a database that is away.
const RETRY: Duration = Duration::from_secs(1);

/// Brings the schema up to date, however long the database takes to be there: the server is up meanwhile, and
/// not ready. Servers that start together take turns.
pub(super) async fn when_there(database: Database, stop: CancellationToken) {
    let mut was_away = false;
    loop {
        match database.migrate().await {
            Ok(applied) if applied.is_empty() => return,
            Ok(applied) => {
                return tracing::info!(migrations = applied.join(", "), "the database is migrated");
            }
            Err(error) if error.is_unavailable() && was_away => {}
            Err(error) if error.is_unavailable() => {
                tracing::warn!(%error, "waiting for the database");
                was_away = true;
            }
            Err(error) => {
                let cause = std::error::Error::source(&error).map(ToString::to_string);
                tracing::error!(%error, cause, "the database can't be migrated");
            }
        }
        if stop
            .run_until_cancelled(tokio::time::sleep(RETRY))
            .await
            .is_none()
        {
            return;
        }
    }
}

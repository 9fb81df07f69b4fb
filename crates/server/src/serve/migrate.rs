//! Migration of the database at start-up.

use std::time::Duration;

use adapters_postgres::Database;
use backon::BackoffBuilder as _;
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;

use super::retry::{AFTER_FAILURE, MAX_PAUSE_AFTER_FAILURE, MAX_PAUSE_WHILE_AWAY, WHILE_AWAY};

/// Minimum interval between two log entries stating that the database is still unavailable.
const REMIND_EVERY: Duration = Duration::from_secs(30);

/// A migration that has not succeeded yet.
pub(super) struct Migration {
    database: Database,
    began: Instant,
    /// Time of the last log entry stating that the database is unavailable.
    logged_at: Option<Instant>,
}

/// Result of an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outcome {
    Done,
    /// The database is unavailable.
    Away,
    /// The migration failed for another reason.
    Failed,
}

/// Migrates the database now, before anything reads from it. Returns `None` if that succeeded, otherwise the migration,
/// to be continued with [`Migration::until_done`]. Servers that start at the same time take turns.
pub(super) async fn if_available(database: Database) -> Option<Migration> {
    let mut migration = Migration {
        database,
        began: Instant::now(),
        logged_at: None,
    };
    (migration.attempt().await != Outcome::Done).then_some(migration)
}

impl Migration {
    /// Repeats the migration until it succeeds or `stop` is cancelled. Until then the server is running but not ready.
    pub(super) async fn until_done(mut self, stop: CancellationToken) {
        let (mut while_away, mut after_failure) = (WHILE_AWAY.build(), AFTER_FAILURE.build());
        let mut last = Outcome::Away;
        while last != Outcome::Done {
            let pause = match last {
                Outcome::Failed => after_failure.next().unwrap_or(MAX_PAUSE_AFTER_FAILURE),
                _ => while_away.next().unwrap_or(MAX_PAUSE_WHILE_AWAY),
            };
            if stop.run_until_cancelled(sleep(pause)).await.is_none() {
                return;
            }
            // An attempt may be cancelled: the database rolls back a transaction when its connection is closed.
            last = tokio::select! {
                biased;
                () = stop.cancelled() => return,
                outcome = self.attempt() => outcome,
            };
        }
    }

    async fn attempt(&mut self) -> Outcome {
        match self.database.migrate().await {
            Ok(applied) => {
                if !applied.is_empty() {
                    tracing::info!(migrations = applied.join(", "), "the database was migrated");
                }
                warn_of_owner(&self.database).await;
                Outcome::Done
            }
            Err(error) if error.is_unavailable() => {
                self.log_wait(&error);
                Outcome::Away
            }
            Err(error) => {
                tracing::error!(
                    error = error.chain(),
                    "cannot migrate the database; if another role owns the tables, run `fleetwatch migrate`"
                );
                Outcome::Failed
            }
        }
    }

    fn log_wait(&mut self, error: &application::Error) {
        if self
            .logged_at
            .is_some_and(|before| before.elapsed() < REMIND_EVERY)
        {
            return;
        }
        self.logged_at = Some(Instant::now());
        let waited_s = self.began.elapsed().as_secs();
        tracing::warn!(
            error = error.chain(),
            waited_s,
            "waiting for the database: the server is running, but not ready until it has migrated the database"
        );
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

//! Whether the database lacks disk space.

use std::time::Duration;

use diesel::result::{DatabaseErrorKind, Error as QueryError};
use parking_lot::Mutex;
use tokio::time::Instant;

/// Time for which the disk is considered to be full after a statement failed for lack of space. There is no harmless
/// statement that shows whether there is space: small writes use the free space of existing files.
const REMEMBERED_FOR: Duration = Duration::from_secs(60);

/// Record of the last statement that failed for lack of disk space.
#[derive(Debug, Default)]
pub(crate) struct DiskSpace {
    failed_at: Mutex<Option<Instant>>,
}

impl DiskSpace {
    /// Records the failure of a statement, if it is about disk space.
    pub(crate) fn note(&self, error: &QueryError) {
        if let QueryError::DatabaseError(DatabaseErrorKind::Unknown, information) = error
            && is_about_space(information.message())
        {
            *self.failed_at.lock() = Some(Instant::now());
        }
    }

    /// Returns `true` if a statement has failed for lack of disk space within the last minute.
    pub(crate) fn is_full(&self) -> bool {
        self.failed_at
            .lock()
            .is_some_and(|failed_at| failed_at.elapsed() < REMEMBERED_FOR)
    }
}

/// Recognises an error by PostgreSQL's English message, because Diesel does not expose its code.
fn is_about_space(message: &str) -> bool {
    message.starts_with("could not extend file") || message.contains("No space left on device")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(message: &str) -> QueryError {
        QueryError::DatabaseError(DatabaseErrorKind::Unknown, Box::new(message.to_owned()))
    }

    #[tokio::test(start_paused = true)]
    async fn a_lack_of_space_is_remembered_for_a_minute() {
        let space = DiskSpace::default();
        space.note(&error("relation \"vehicles\" does not exist"));
        space.note(&QueryError::NotFound);
        assert!(!space.is_full());
        for message in [
            "could not extend file \"base/5/16413\": wrote only 4096 of 8192 bytes at block 12",
            "could not write to file \"base/pgsql_tmp/pgsql_tmp1.0\": No space left on device",
        ] {
            space.note(&error(message));
            assert!(space.is_full(), "{message}");
            tokio::time::advance(REMEMBERED_FOR).await;
            assert!(!space.is_full(), "{message}");
        }
    }
}

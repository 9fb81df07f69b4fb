//! Whether the database can be read and written.

use application::{
    Result,
    ports::{Capability, CircuitState, Dependency},
};
use async_trait::async_trait;
use diesel::{QueryableByName, sql_types::Bool};
use diesel_async::RunQueryDsl as _;
use futures::FutureExt as _;

use super::{Database, READ_ONLY_FOR};
use crate::failure::DATABASE;

/// Query that determines whether a session may write, without writing.
const WRITES: &str = "SELECT pg_is_in_recovery() AS is_standby,
    current_setting('transaction_read_only')::boolean AS is_read_only";

#[derive(QueryableByName)]
struct Writes {
    #[diesel(sql_type = Bool)]
    is_standby: bool,
    /// Whether transactions are read-only by default (`default_transaction_read_only`).
    #[diesel(sql_type = Bool)]
    is_read_only: bool,
}

impl Database {
    /// Determines whether a session may write.
    async fn writes(&self) -> Result<Writes> {
        self.run(|connection| {
            async move { Ok(diesel::sql_query(WRITES).get_result::<Writes>(connection).await?) }.boxed()
        })
        .await
    }
}

#[async_trait]
impl Dependency for Database {
    fn name(&self) -> &'static str {
        DATABASE
    }

    async fn check(&self) -> Result<Capability> {
        let mut writes = self.writes().await?;
        if writes.is_standby || writes.is_read_only {
            // A new connection may accept writes.
            self.breaker.distrust_connections_older_than(READ_ONLY_FOR);
            writes = self.writes().await?;
        }
        Ok(match writes {
            Writes { is_standby: true, .. } => Capability::ReadOnly {
                reason: "the server is a hot standby",
            },
            Writes {
                is_read_only: true, ..
            } => Capability::ReadOnly {
                reason: "transactions are read-only by default",
            },
            // Reads still work, and so do writes for which existing files have space.
            Writes { .. } if self.disk_space.is_full() => Capability::ReadOnly {
                reason: "the disk is full",
            },
            Writes { .. } => Capability::ReadWrite,
        })
    }

    fn circuit(&self) -> Option<CircuitState> {
        Some(self.breaker.state())
    }
}

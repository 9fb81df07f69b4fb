//! Exchanges that involve very many rows, a portion of them in each statement.

use std::time::Duration;

use diesel::sql_types::{BigInt, Double};
use diesel_async::{AsyncPgConnection, RunQueryDsl as _};

use crate::failure::Failure;

/// Maximum number of rows per statement in exchanges that may involve any number of rows.
pub(crate) const PORTION: usize = 1_000;

/// Deletes old rows with a statement that is repeated until it deletes fewer than `at_once`. The statement's parameters
/// are the minimum age of the rows, in seconds, and `at_once`.
pub(crate) async fn delete_older_than(
    connection: &mut AsyncPgConnection,
    statement: &str,
    age: Duration,
    at_once: i64,
) -> Result<(), Failure> {
    loop {
        let deleted = diesel::sql_query(statement)
            .bind::<Double, _>(age.as_secs_f64())
            .bind::<BigInt, _>(at_once)
            .execute(connection)
            .await?;
        if deleted < at_once as usize {
            return Ok(());
        }
    }
}

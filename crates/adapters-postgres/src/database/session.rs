//! New connections, and the settings of their sessions.

use diesel_async::{AsyncConnection as _, AsyncPgConnection, SimpleAsyncConnection as _};

use crate::{
    limits::{ANSWER_WITHIN, LOCK_WITHIN},
    statement_spans::StatementSpans,
    url::DatabaseUrl,
};

/// Returns the statements that set up a session.
///
/// * `statement_timeout`: the server cancels a statement that takes longer than an exchange may ([`ANSWER_WITHIN`]). In
///   a longer exchange with many statements, this limits each of them.
/// * `lock_timeout` ([`LOCK_WITHIN`]): limits the wait for a row, or for a name that another transaction may free.
/// * `plan_cache_mode`: statements are planned for their actual values, because a status that nearly every vehicle has
///   needs a different index than a rare one. Planning takes less than a millisecond; a generic plan can cost a
///   hundred.
/// * `random_page_cost`: rows are in memory or on a solid-state disk, where random reads cost nearly the same as
///   sequential ones. With the default, PostgreSQL scans all vehicles to return a thousand.
fn settings() -> String {
    format!(
        "SET statement_timeout = {}; SET lock_timeout = {}; SET plan_cache_mode = force_custom_plan;
        SET random_page_cost = 1.1",
        ANSWER_WITHIN.as_millis(),
        LOCK_WITHIN.as_millis()
    )
}

/// Optional settings of a session, applied where the server knows them and permits this role to set them.
///
/// * `client_connection_check_interval`: a query whose client has disconnected is cancelled. Otherwise, a client that
///   keeps disconnecting would keep the server busy with more queries than the pool has connections.
/// * `lc_messages`: messages are in English, because some errors can only be distinguished by their message. Only
///   superusers and roles with `GRANT SET ON PARAMETER lc_messages` may set it; for other roles, see
///   [`crate::failure::has_no_position`].
const OPTIONAL_SETTINGS: [&str; 2] = [
    "SELECT set_config(name, '500ms', false) FROM pg_settings WHERE name = 'client_connection_check_interval'",
    "SET lc_messages = 'C'",
];

/// Opens a connection for queries.
pub(super) async fn open(url: DatabaseUrl) -> diesel::ConnectionResult<AsyncPgConnection> {
    let mut connection = url.dial().await?;
    let set_up = connection.batch_execute(&settings()).await;
    set_up.map_err(diesel::ConnectionError::CouldntSetupConfiguration)?;
    for wish in OPTIONAL_SETTINGS {
        if let Err(error) = connection.batch_execute(wish).await {
            tracing::debug!(
                error = &error as &dyn std::error::Error,
                "the database rejected a session setting"
            );
        }
    }
    connection.set_instrumentation(StatementSpans::of(&url));
    Ok(connection)
}

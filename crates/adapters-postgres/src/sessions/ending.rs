//! The end of sessions, within the transaction of the caller. An ended session is deleted with its tokens, which are
//! then unknown.

use std::time::Duration;

use application::{
    Error,
    ports::{AuditRecord, Author},
};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use domain::{AuditAction, SessionId, User, UserId};

use super::rows::is_not_over;
use crate::{
    audit,
    failure::Failure,
    outbox,
    portions::delete_older_than,
    schema::{sessions, users},
    users::UserRow,
};

/// Maximum number of rows that one statement deletes.
const FORGOTTEN_AT_ONCE: i64 = 1_000;

/// Minimum age of spent tokens that [`forget`] deletes. A deleted token is rejected like an unknown one.
const SPENT_KEPT_FOR: Duration = Duration::from_secs(30 * 86_400);

const FORGET_TOKENS: &str = "
    DELETE FROM refresh_tokens WHERE hash IN (
        SELECT hash FROM refresh_tokens WHERE spent_at <= now() - make_interval(secs => $1)
        ORDER BY spent_at LIMIT $2
        FOR UPDATE SKIP LOCKED
    )";

const FORGET_SESSIONS: &str = "
    DELETE FROM sessions WHERE id IN (
        SELECT id FROM sessions WHERE expires_at <= now() - make_interval(secs => $1)
        ORDER BY expires_at LIMIT $2
        FOR UPDATE SKIP LOCKED
    )";

/// Ends a session. Its row must be locked.
pub(super) async fn end(
    connection: &mut AsyncPgConnection,
    by: &Author,
    user: &User,
    session: SessionId,
    action: AuditAction,
) -> Result<(), Failure> {
    diesel::delete(sessions::table.find(*session.as_uuid()))
        .execute(connection)
        .await?;
    // Other servers close the open sockets of the session when they read this.
    outbox::note_rights(connection, [user.id]).await?;
    let record = AuditRecord::session_ended(action, session, user.organization_id);
    audit::write_down(connection, by, [record]).await
}

/// Locks a user's session that has not expired, and returns its user.
pub(super) async fn lock(
    connection: &mut AsyncPgConnection,
    user: UserId,
    session: SessionId,
) -> Result<User, Failure> {
    sessions::table
        .find(*session.as_uuid())
        .select(sessions::id)
        .for_update()
        .execute(connection)
        .await?;
    let row: Option<UserRow> = sessions::table
        .inner_join(users::table)
        .filter(sessions::id.eq(*session.as_uuid()))
        .filter(sessions::user_id.eq(*user.as_uuid()))
        .filter(is_not_over())
        .select(UserRow::as_select())
        .first(connection)
        .await
        .optional()?;
    Ok(row.ok_or_else(Error::session_not_found)?.try_into()?)
}

/// Ends all sessions of a user. The user's row must be locked, and the caller has to record the change of rights.
pub(crate) async fn delete_all(connection: &mut AsyncPgConnection, user: UserId) -> Result<(), Failure> {
    diesel::delete(sessions::table.filter(sessions::user_id.eq(*user.as_uuid())))
        .execute(connection)
        .await?;
    Ok(())
}

/// Deletes sessions that expired at least `age` ago, and tokens that were spent at least `age` and at least
/// [`SPENT_KEPT_FOR`] ago. Locked rows are skipped; the next call deletes them.
pub(super) async fn forget(connection: &mut AsyncPgConnection, age: Duration) -> Result<(), Failure> {
    delete_older_than(connection, FORGET_SESSIONS, age, FORGOTTEN_AT_ONCE).await?;
    delete_older_than(
        connection,
        FORGET_TOKENS,
        age.max(SPENT_KEPT_FOR),
        FORGOTTEN_AT_ONCE,
    )
    .await
}

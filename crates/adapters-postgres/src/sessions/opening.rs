//! The creation of sessions, within the transaction of the caller.

use application::{
    Origin,
    ports::{AuditRecord, Author, Credentials, MAX_SESSIONS, NewSession, Session},
};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use domain::{AuditAction, SessionId, User};
use uuid::Uuid;

use super::{
    ending::end,
    rotating::issue,
    rows::{Row, address, end_of_new},
};
use crate::{
    audit,
    failure::Failure,
    schema::{sessions, statement_timestamp},
    users,
};

pub(super) async fn open(
    connection: &mut AsyncPgConnection,
    checked: &Credentials,
    origin: &Origin,
    session: &NewSession,
) -> Result<Option<Session>, Failure> {
    let known = users::lock(connection, checked.user.id).await?;
    // Compared under the lock: a password that was replaced after its check must not open a session.
    let known = known.filter(|known| known.still_allow(&checked.password));
    let Some(Credentials { user, .. }) = known else {
        return Ok(None);
    };
    make_room(connection, &user, origin).await?;
    let row: Row = diesel::insert_into(sessions::table)
        .values((
            sessions::id.eq(Uuid::now_v7()),
            sessions::user_id.eq(*user.id.as_uuid()),
            sessions::created_at.eq(statement_timestamp()),
            sessions::refreshed_at.eq(statement_timestamp()),
            sessions::expires_at.eq(end_of_new(session.ttl)),
            sessions::address.eq(address(origin)),
            sessions::user_agent.eq(session.user_agent.as_deref()),
        ))
        .returning(Row::as_returning())
        .get_result(connection)
        .await?;
    let opened = Session::from(row);
    issue(connection, &session.token, opened.id).await?;
    let record = AuditRecord::logged_in(&user, &opened);
    audit::write_down(connection, &Author::of_user(&user, origin), [record]).await?;
    Ok(Some(opened))
}

/// Ends the least recently refreshed sessions of a user, until there is room for one more. The user's row must be
/// locked, so that no other session is created in the meantime.
async fn make_room(connection: &mut AsyncPgConnection, user: &User, origin: &Origin) -> Result<(), Failure> {
    let too_many: Vec<Uuid> = sessions::table
        .filter(sessions::user_id.eq(*user.id.as_uuid()))
        .order((sessions::refreshed_at.desc(), sessions::id.desc()))
        .offset(MAX_SESSIONS as i64 - 1)
        .select(sessions::id)
        .load(connection)
        .await?;
    for session in too_many {
        let (by, session) = (Author::of_user(user, origin), SessionId::from_uuid(session));
        end(connection, &by, user, session, AuditAction::RevokeSession).await?;
    }
    Ok(())
}

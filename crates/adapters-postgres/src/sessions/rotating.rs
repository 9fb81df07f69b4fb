//! The rotation of refresh tokens, within the transaction of the caller.

use application::{
    Error, Origin,
    ports::{Author, MAX_SPENT, Rotation, Session, SessionTtl, TokenHash},
};
use diesel::{prelude::*, sql_types};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use domain::{AuditAction, SessionId, User};
use uuid::Uuid;

use super::{
    ending::end,
    rows::{Row, address, end_of_refreshed, is_not_over},
};
use crate::{
    failure::Failure,
    schema::{refresh_tokens, sessions, statement_timestamp, users},
    users::UserRow,
};

/// Session of a presented token. Its row is locked, it has not expired, and its user is enabled.
pub(super) struct Bearer {
    pub(super) session: SessionId,
    pub(super) user: User,
    is_spent: bool,
}

/// Locks the session of a token, spent or not, and reads it afterwards, so that the changes of transactions that held
/// the lock earlier are visible.
pub(super) async fn lock(
    connection: &mut AsyncPgConnection,
    token: &TokenHash,
) -> Result<Option<Bearer>, Failure> {
    let hash = token.as_bytes().as_slice();
    let its_session = refresh_tokens::table
        .find(hash)
        .select(refresh_tokens::session_id)
        .single_value();
    sessions::table
        .filter(sessions::id.nullable().eq(its_session))
        .select(sessions::id)
        .for_update()
        .execute(connection)
        .await?;
    let found: Option<(Uuid, bool, UserRow)> = refresh_tokens::table
        .inner_join(sessions::table.inner_join(users::table))
        .filter(refresh_tokens::hash.eq(hash))
        .filter(is_not_over())
        .filter(users::is_enabled)
        .select((
            sessions::id,
            refresh_tokens::spent_at.is_not_null(),
            UserRow::as_select(),
        ))
        .first(connection)
        .await
        .optional()?;
    let bearer = found.map(|(session, is_spent, user)| {
        Ok::<_, Error>(Bearer {
            session: SessionId::from_uuid(session),
            user: user.try_into()?,
            is_spent,
        })
    });
    Ok(bearer.transpose()?)
}

/// Exchanges a token for the next one, or ends the session if the token is already spent.
pub(super) async fn rotate(
    connection: &mut AsyncPgConnection,
    spent: &TokenHash,
    next: &TokenHash,
    ttl: SessionTtl,
    origin: &Origin,
) -> Result<Rotation, Failure> {
    let Some(bearer) = lock(connection, spent).await? else {
        return Ok(Rotation::Unknown);
    };
    let Bearer {
        session,
        user,
        is_spent,
    } = bearer;
    // Decided under the lock of the session: of two requests with the same token, the second finds it spent.
    if is_spent {
        let by = Author::of_user(&user, origin);
        end(connection, &by, &user, session, AuditAction::ReuseRefreshToken).await?;
        return Ok(Rotation::Reused { user: user.id });
    }
    // Spent before the next one is stored: a unique index permits one unspent token per session.
    diesel::update(refresh_tokens::table.find(spent.as_bytes().as_slice()))
        .set(refresh_tokens::spent_at.eq(statement_timestamp().nullable()))
        .execute(connection)
        .await?;
    issue(connection, next, session).await?;
    forget_oldest(connection, session).await?;
    let row: Row = diesel::update(sessions::table.find(*session.as_uuid()))
        .set((
            sessions::refreshed_at.eq(statement_timestamp()),
            sessions::expires_at.eq(end_of_refreshed(ttl)),
            sessions::address.eq(address(origin)),
        ))
        .returning(Row::as_returning())
        .get_result(connection)
        .await?;
    let session = Session::from(row);
    // Its new expiry has already passed.
    if ttl.is_over(session.created_at, session.refreshed_at) {
        return Ok(Rotation::Unknown);
    }
    Ok(Rotation::Renewed { user, session })
}

/// Deletes a session's oldest spent tokens beyond [`MAX_SPENT`].
async fn forget_oldest(connection: &mut AsyncPgConnection, session: SessionId) -> Result<(), Failure> {
    const OLDER: &str = "
        DELETE FROM refresh_tokens WHERE session_id = $1 AND spent_at < (
            SELECT spent_at FROM refresh_tokens WHERE session_id = $1 AND spent_at IS NOT NULL
            ORDER BY spent_at DESC OFFSET $2 LIMIT 1
        )";
    diesel::sql_query(OLDER)
        .bind::<sql_types::Uuid, _>(*session.as_uuid())
        .bind::<sql_types::BigInt, _>(MAX_SPENT as i64 - 1)
        .execute(connection)
        .await?;
    Ok(())
}

/// Stores a new token of a session whose previous token is spent.
pub(super) async fn issue(
    connection: &mut AsyncPgConnection,
    token: &TokenHash,
    session: SessionId,
) -> Result<(), Failure> {
    diesel::insert_into(refresh_tokens::table)
        .values((
            refresh_tokens::hash.eq(token.as_bytes().as_slice()),
            refresh_tokens::session_id.eq(*session.as_uuid()),
            refresh_tokens::issued_at.eq(statement_timestamp()),
        ))
        .execute(connection)
        .await?;
    Ok(())
}

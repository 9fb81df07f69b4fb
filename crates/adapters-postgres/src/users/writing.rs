//! Writing of users within the transaction of the caller.

use application::{
    Error,
    ports::{AuditRecord, Author, Credentials, NewUser, PasswordHash},
};
use diesel::{
    dsl::{exists, not},
    prelude::*,
};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use domain::{AccessScope, User, UserChanges, UserId};
use uuid::Uuid;

use super::{
    administrators,
    rows::{CredentialsRow, UserRow},
};
use crate::{
    audit,
    failure::Failure,
    grants, outbox,
    schema::{statement_timestamp, users},
    sessions,
};

/// Locks a user's row until the end of the transaction, and returns the row as it is under the lock.
pub(crate) async fn lock(
    connection: &mut AsyncPgConnection,
    id: UserId,
) -> Result<Option<Credentials>, Failure> {
    let row: Option<CredentialsRow> = users::table
        .find(*id.as_uuid())
        .select(CredentialsRow::as_select())
        .for_update()
        .first(connection)
        .await
        .optional()?;
    Ok(row.map(Credentials::try_from).transpose()?)
}

/// Like [`lock`], for an administrator who may not see every user.
async fn lock_visible(
    connection: &mut AsyncPgConnection,
    scope: &AccessScope,
    id: UserId,
) -> Result<Credentials, Failure> {
    let found = lock(connection, id).await?;
    let visible = found.filter(|known| scope.has_user(&known.user));
    Ok(visible.ok_or_else(Error::user_not_found)?)
}

pub(super) async fn insert(
    connection: &mut AsyncPgConnection,
    by: &Author,
    user: &NewUser,
) -> Result<User, Failure> {
    // The constraint compares names in their stored form. The name as entered, with its capital letters, may also look
    // like another name.
    let looks_like = users::table.filter(users::username_skeleton.eq(user.username.given_skeleton()));
    let is_taken = users::table.filter(users::username_key.eq(user.username.as_str()));
    let looks_like_another: bool = diesel::select(exists(looks_like).and(not(exists(is_taken))))
        .get_result(connection)
        .await?;
    if looks_like_another {
        return Err(Error::username_looks_like_another().into());
    }
    let row: UserRow = diesel::insert_into(users::table)
        .values((
            users::id.eq(Uuid::now_v7()),
            users::username.eq(user.username.as_str()),
            users::username_key.eq(user.username.as_str()),
            users::username_skeleton.eq(user.username.skeleton()),
            users::role.eq(user.role.as_str()),
            users::organization_id.eq(user.organization_id.map(|id| *id.as_uuid())),
            users::password_hash.eq(user.password.expose()),
        ))
        .returning(UserRow::as_returning())
        .get_result(connection)
        .await?;
    let user = row.try_into()?;
    audit::write_down(connection, by, [AuditRecord::user_created(&user)]).await?;
    Ok(user)
}

pub(super) async fn update(
    connection: &mut AsyncPgConnection,
    by: &Author,
    scope: &AccessScope,
    id: UserId,
    changes: UserChanges,
    password: Option<PasswordHash>,
) -> Result<User, Failure> {
    if changes.role.is_some() || changes.is_enabled == Some(false) {
        administrators::lock(connection).await?;
    }
    let known = lock_visible(connection, scope, id).await?;
    let before = known.user;
    let after = changes.apply(&before);
    if after == before && password.is_none() {
        return Ok(after);
    }
    if changes.hands_on_grants(&before, password.is_some())
        && grants::holds_foreign(connection, scope, id).await?
    {
        return Err(Error::holds_foreign_grants().into());
    }
    administrators::check_one_remains(connection, &before, Some(&after)).await?;
    let has_new_password = password.is_some();
    let password = password.unwrap_or(known.password);
    let row: UserRow = diesel::update(users::table.find(*id.as_uuid()))
        .set((
            users::role.eq(after.role.as_str()),
            users::is_enabled.eq(after.is_enabled),
            users::password_hash.eq(password.expose()),
            users::updated_at.eq(statement_timestamp()),
        ))
        .returning(UserRow::as_returning())
        .get_result(connection)
        .await?;
    let after = User::try_from(row)?;
    if after.must_log_in_again(has_new_password) {
        sessions::delete_all(connection, id).await?;
    }
    outbox::note_rights(connection, [id]).await?;
    let record = AuditRecord::user_changed(&before, &after, has_new_password);
    audit::write_down(connection, by, [record]).await?;
    Ok(after)
}

/// Changes a user's password and ends all of the user's sessions. The user's row must be locked.
pub(crate) async fn set_password(
    connection: &mut AsyncPgConnection,
    by: &Author,
    user: &User,
    password: &PasswordHash,
) -> Result<(), Failure> {
    diesel::update(users::table.find(*user.id.as_uuid()))
        .set((
            users::password_hash.eq(password.expose()),
            users::updated_at.eq(statement_timestamp()),
        ))
        .execute(connection)
        .await?;
    sessions::delete_all(connection, user.id).await?;
    outbox::note_rights(connection, [user.id]).await?;
    audit::write_down(connection, by, [AuditRecord::password_changed(user)]).await
}

/// Deletes a user with all of the user's sessions and grants.
pub(super) async fn delete(
    connection: &mut AsyncPgConnection,
    by: &Author,
    scope: &AccessScope,
    id: UserId,
) -> Result<(), Failure> {
    administrators::lock(connection).await?;
    let user = lock_visible(connection, scope, id).await?.user;
    administrators::check_one_remains(connection, &user, None).await?;
    sessions::delete_all(connection, id).await?;
    grants::withdraw_all_of(connection, by, &user).await?;
    diesel::delete(users::table.find(*id.as_uuid()))
        .execute(connection)
        .await?;
    outbox::note_rights(connection, [id]).await?;
    audit::write_down(connection, by, [AuditRecord::user_deleted(&user)]).await
}

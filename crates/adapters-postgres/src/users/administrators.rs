//! The rule that at least one global administrator always remains.

use application::users::refusal_without_another;
use diesel::{dsl::exists, prelude::*, sql_types::BigInt};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use domain::{Role, User};

use crate::{failure::Failure, schema::users};

/// Key of the advisory lock for removing administrators and creating the first user: "fleetadm" in ASCII.
const LOCK: i64 = 0x666c_6565_7461_646d;

/// Serialises removals of administrators until the end of the transaction. Otherwise two concurrent removals would each
/// find that the other's administrator remains. Must be called before any row is locked.
pub(super) async fn lock(connection: &mut AsyncPgConnection) -> Result<(), Failure> {
    diesel::sql_query("SELECT pg_advisory_xact_lock($1)")
        .bind::<BigInt, _>(LOCK)
        .execute(connection)
        .await?;
    Ok(())
}

/// Rejects a change after which no global administrator remains; `after` is `None` if the user is deleted. Changes that
/// remove an administrator must hold [`lock`].
pub(super) async fn check_one_remains(
    connection: &mut AsyncPgConnection,
    before: &User,
    after: Option<&User>,
) -> Result<(), Failure> {
    let Some(refusal) = refusal_without_another(before, after) else {
        return Ok(());
    };
    let others = users::table
        .filter(users::role.eq(Role::Admin.as_str()))
        .filter(users::organization_id.is_null())
        .filter(users::is_enabled)
        .filter(users::id.ne(*before.id.as_uuid()));
    match diesel::select(exists(others)).get_result(connection).await? {
        true => Ok(()),
        false => Err(refusal.into()),
    }
}

//! Comparison forms of user names, computed again after a migration has changed the rules.

use diesel::{dsl::exists, prelude::*, sql_types::BigInt};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use domain::Username;
use uuid::Uuid;

use crate::{failure::Failure, schema::users};

/// Key of the advisory lock for recomparing names: "fleetnam" in ASCII.
const LOCK: i64 = 0x666c_6565_746e_616d;

/// Fills in the key and the skeleton by which user names are compared, for users without a skeleton, within the
/// transaction of the caller. The oldest users are processed first. A user whose name looks like that of an older one
/// keeps the name, without a skeleton.
pub(crate) async fn recompare(connection: &mut AsyncPgConnection) -> Result<(), Failure> {
    // Another server may hold the lock and hang.
    diesel::sql_query("SET LOCAL statement_timeout = '5s'")
        .execute(connection)
        .await?;
    diesel::sql_query("SELECT pg_advisory_xact_lock($1)")
        .bind::<BigInt, _>(LOCK)
        .execute(connection)
        .await?;
    let names: Vec<(Uuid, String, String)> = users::table
        .filter(users::username_skeleton.is_null())
        .order(users::id)
        .select((users::id, users::username, users::username_key))
        .load(connection)
        .await?;
    for (id, text, key) in names {
        let Ok(name) = Username::known(&text) else {
            continue;
        };
        let its = users::table.find(id);
        let same = users::table.filter(users::username_key.eq(name.as_str()));
        if name.as_str() != key
            && !diesel::select(exists(same))
                .get_result::<bool>(connection)
                .await?
        {
            diesel::update(its)
                .set((
                    users::username.eq(name.as_str()),
                    users::username_key.eq(name.as_str()),
                ))
                .execute(connection)
                .await?;
        }
        let skeleton = name.skeleton();
        let alike = users::table.filter(users::username_skeleton.eq(&skeleton));
        if diesel::select(exists(alike))
            .get_result::<bool>(connection)
            .await?
        {
            tracing::warn!(user.id = %id, "the username is too similar to that of an older user");
            continue;
        }
        diesel::update(its)
            .set(users::username_skeleton.eq(&skeleton))
            .execute(connection)
            .await?;
    }
    Ok(())
}

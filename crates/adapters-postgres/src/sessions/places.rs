//! The addresses from which users have logged in, as recorded in the audit log.

use std::net::IpAddr;

use application::{place_of, ports::LOG_INS_REMEMBERED};
use diesel::{dsl::auto_type, prelude::*};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use domain::{AuditAction, Username};
use time::OffsetDateTime;

use crate::{
    audit::least_id_at,
    failure::Failure,
    schema::{audit_log, users},
};

/// Returns `true` if one of the user's last [`LOG_INS_REMEMBERED`] log-ins came from `place`, and not before `since`.
pub(super) async fn has_logged_in_from(
    connection: &mut AsyncPgConnection,
    username: &Username,
    place: IpAddr,
    since: OffsetDateTime,
) -> Result<bool, Failure> {
    let log_ins = log_ins(username.as_str().to_owned(), since).limit(LOG_INS_REMEMBERED.into());
    let addresses: Vec<Option<String>> = log_ins.select(audit_log::address).load(connection).await?;
    let mut places = addresses
        .into_iter()
        .flatten()
        .filter_map(|address| address.parse().ok());
    Ok(places.any(|address| place_of(address) == place))
}

/// Selects a user's log-ins since a time, newest first.
#[auto_type(no_type_alias)]
fn log_ins(username_key: String, since: OffsetDateTime) -> _ {
    let whose = users::table
        .filter(users::username_key.eq(username_key))
        .select(users::id)
        .single_value();
    let least: uuid::Uuid = least_id_at(since);
    let action: &'static str = AuditAction::LogIn.as_str();
    audit_log::table
        .filter(audit_log::actor_id.eq(whose))
        .filter(audit_log::action.eq(action))
        .filter(audit_log::id.ge(least))
        .order(audit_log::id.desc())
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;
    use crate::explain;

    /// Inserts a user who has logged in ten thousand times, with another entry after each log-in.
    const LOG_INS: &str = "
        INSERT INTO users (id, username, username_key, role, password_hash)
        VALUES ('0190a5f2-7c1e-7d54-9a00-000000000001', 'ana', 'ana', 'ADMIN', '$test$1');
        INSERT INTO audit_log (id, at, actor_id, actor_name, address, action)
        SELECT ('0190a5f2-7c1e-7d54-9a01-' || lpad(number::text, 12, '0'))::uuid, now(),
            '0190a5f2-7c1e-7d54-9a00-000000000001', 'ana', '192.0.2.7',
            CASE number % 2 WHEN 0 THEN 'auth.login' ELSE 'vehicle.update' END
        FROM generate_series(1, 20000) AS number;
        ANALYZE";

    #[tokio::test(flavor = "multi_thread")]
    async fn only_the_latest_log_ins_are_read() {
        let (_private, database) = explain::filled(LOG_INS).await;
        let since = datetime!(2020-01-01 00:00 UTC);
        let asked = log_ins("ana".to_owned(), since).limit(100);
        let plan = explain::plan_of(&database, asked.select(audit_log::address)).await;
        assert!(
            plan.contains("Index Scan Backward using audit_log_by_log_in"),
            "{plan}"
        );
        assert!(!plan.contains("Sort"), "{plan}");
    }
}

//! Rows of sessions, and their expiry.

use std::time::Duration;

use application::{
    Origin,
    ports::{Session, SessionTtl},
};
use diesel::{
    dsl::{AsExprOf, auto_type},
    pg::{Pg, data_types::PgInterval},
    prelude::*,
    sql_types::{Interval, Timestamptz},
};
use domain::{SessionId, UserId};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::schema::{sessions, statement_timestamp};

#[derive(Queryable, Selectable)]
#[diesel(table_name = sessions)]
pub(super) struct Row {
    id: Uuid,
    user_id: Uuid,
    created_at: OffsetDateTime,
    refreshed_at: OffsetDateTime,
    expires_at: OffsetDateTime,
    address: Option<String>,
    user_agent: Option<String>,
}

impl From<Row> for Session {
    fn from(row: Row) -> Self {
        Self {
            id: SessionId::from_uuid(row.id),
            user_id: UserId::from_uuid(row.user_id),
            created_at: row.created_at,
            refreshed_at: row.refreshed_at,
            expires_at: row.expires_at,
            // The address is only displayed to people, so anything that is not an address is left out.
            address: row.address.and_then(|text| text.parse().ok()),
            user_agent: row.user_agent,
        }
    }
}

diesel::infix_operator!(Plus, " + ", Timestamptz, backend: Pg);

type After<Time> = Plus<Time, AsExprOf<PgInterval, Interval>>;

/// Adds a duration to a time.
fn after<Time: Expression<SqlType = Timestamptz>>(time: Time, ttl: Duration) -> After<Time> {
    let us = i64::try_from(ttl.as_micros()).unwrap_or(i64::MAX);
    let ttl = PgInterval::from_microseconds(us).into_sql::<Interval>();
    Plus::new(time, ttl)
}

/// Returns the expiry of a session that is opened now.
pub(super) fn end_of_new(ttl: SessionTtl) -> After<statement_timestamp> {
    after(statement_timestamp(), ttl.idle.min(ttl.whole))
}

/// Returns the expiry of a session that is refreshed now.
pub(super) fn end_of_refreshed(
    ttl: SessionTtl,
) -> least<After<statement_timestamp>, After<sessions::created_at>> {
    least(
        after(statement_timestamp(), ttl.idle),
        after(sessions::created_at, ttl.whole),
    )
}

diesel::define_sql_function! {
    /// Returns the earlier of two times.
    fn least(one: Timestamptz, other: Timestamptz) -> Timestamptz;
}

/// Selects sessions that have not expired.
#[auto_type(no_type_alias)]
pub(super) fn is_not_over() -> _ {
    sessions::expires_at.gt(statement_timestamp())
}

pub(super) fn address(origin: &Origin) -> Option<String> {
    origin.address.map(|address| address.to_string())
}

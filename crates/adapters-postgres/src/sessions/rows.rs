//! Rows, what they say, and how long they say it.

use std::time::Duration;

use application::{
    Origin,
    ports::{Author, Session, SessionTtl},
};
use diesel::{
    dsl::{AsExprOf, auto_type},
    pg::{Pg, data_types::PgInterval},
    prelude::*,
    sql_types::{Interval, Timestamptz},
};
use domain::{SessionId, User, UserId};
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
            // It is for people to look at: what is no address is none.
            address: row.address.and_then(|text| text.parse().ok()),
            user_agent: row.user_agent,
        }
    }
}

diesel::infix_operator!(Plus, " + ", Timestamptz, backend: Pg);

type After<Time> = Plus<Time, AsExprOf<PgInterval, Interval>>;

/// A time and so long after it.
fn after<Time: Expression<SqlType = Timestamptz>>(time: Time, ttl: Duration) -> After<Time> {
    let us = i64::try_from(ttl.as_micros()).unwrap_or(i64::MAX);
    let ttl = PgInterval::from_microseconds(us).into_sql::<Interval>();
    Plus::new(time, ttl)
}

/// When a session ends that is opened now.
pub(super) fn end_of_new(ttl: SessionTtl) -> After<statement_timestamp> {
    after(statement_timestamp(), ttl.idle.min(ttl.whole))
}

/// When a session ends that is refreshed now.
pub(super) fn end_of_refreshed(
    ttl: SessionTtl,
) -> least<After<statement_timestamp>, After<sessions::created_at>> {
    least(
        after(statement_timestamp(), ttl.idle),
        after(sessions::created_at, ttl.whole),
    )
}

diesel::define_sql_function! {
    /// The earlier of two times.
    fn least(one: Timestamptz, other: Timestamptz) -> Timestamptz;
}

/// A session is over that was not refreshed until then.
#[auto_type(no_type_alias)]
pub(super) fn is_not_over() -> _ {
    sessions::expires_at.gt(statement_timestamp())
}

pub(super) fn address(origin: &Origin) -> Option<String> {
    origin.address.map(|address| address.to_string())
}

/// A user who does something before it is an actor.
pub(super) fn author(user: &User, origin: &Origin) -> Author {
    Author {
        user_id: Some(user.id),
        name: user.username.as_str().into(),
        origin: origin.clone(),
    }
}

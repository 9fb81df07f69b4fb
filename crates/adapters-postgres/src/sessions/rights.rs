//! The rights of a session's user, read in one statement, because every request may need them.

use std::iter;

use application::{Error, ports::SessionRights};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use domain::{Grant, GrantTerms, SessionId, User};

use super::rows::is_not_over;
use crate::{
    failure::Failure,
    grants::GrantRow,
    schema::{grants, sessions, users},
    users::UserRow,
};

type Row = (UserRow, Option<GrantRow>);

/// Reads the rights of a session; `None` if it has expired or its user is disabled. The query returns a row for each
/// grant, or a single row if there are none.
pub(super) async fn rights(
    connection: &mut AsyncPgConnection,
    session: SessionId,
) -> Result<Option<SessionRights>, Failure> {
    let rows: Vec<Row> = sessions::table
        .inner_join(users::table.left_join(grants::table))
        .filter(sessions::id.eq(*session.as_uuid()))
        .filter(is_not_over())
        .filter(users::is_enabled)
        .select((UserRow::as_select(), Option::<GrantRow>::as_select()))
        .load(connection)
        .await?;
    let mut rows = rows.into_iter();
    let Some((user, first)) = rows.next() else {
        return Ok(None);
    };
    let granted = iter::once(first).chain(rows.map(|(_, granted)| granted));
    let targets = granted.flatten().map(|row| Grant::try_from(row).map(terms));
    let grants: Result<Vec<GrantTerms>, Error> = targets.collect();
    Ok(Some(SessionRights {
        session,
        user: User::try_from(user)?,
        grants: grants?,
    }))
}

fn terms(grant: Grant) -> GrantTerms {
    GrantTerms {
        target: grant.target,
        role: grant.role,
    }
}

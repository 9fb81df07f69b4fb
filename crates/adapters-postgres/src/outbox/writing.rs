//! Writing of events within the transaction of a change.

use application::{Error, registry::RegistryChange};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use domain::{UserId, vehicle::Vehicle};
use serde_json::Value;
use time::OffsetDateTime;

use crate::{
    failure::Failure,
    schema::{outbox, statement_timestamp},
    vehicles::WholeRow,
};

#[derive(Insertable)]
#[diesel(table_name = outbox)]
struct NewRow {
    change: &'static str,
    old_status: Option<&'static str>,
    vehicle: Value,
    happened_at: OffsetDateTime,
}

/// Value of `change` in rows about users' rights.
pub(super) const RIGHTS: &str = "RIGHTS";

/// Records changes of vehicles. The vehicles are passed in their new state.
pub(crate) async fn note<'a>(
    connection: &mut AsyncPgConnection,
    changes: impl IntoIterator<Item = (RegistryChange, &'a Vehicle)>,
) -> Result<(), Failure> {
    let rows: Result<Vec<NewRow>, _> = changes
        .into_iter()
        .map(|(change, vehicle)| NewRow::of(change, vehicle))
        .collect();
    let rows = rows.map_err(Error::internal)?;
    diesel::insert_into(outbox::table)
        .values(rows)
        .execute(connection)
        .await?;
    Ok(())
}

/// Records that the rights of users have changed, or that sessions of these users have ended.
pub(crate) async fn note_rights(
    connection: &mut AsyncPgConnection,
    users: impl IntoIterator<Item = UserId>,
) -> Result<(), Failure> {
    let row = |user: UserId| {
        (
            outbox::change.eq(RIGHTS),
            outbox::user_id.eq(*user.as_uuid()),
            outbox::happened_at.eq(statement_timestamp()),
        )
    };
    let rows: Vec<_> = users.into_iter().map(row).collect();
    diesel::insert_into(outbox::table)
        .values(rows)
        .execute(connection)
        .await?;
    Ok(())
}

impl NewRow {
    fn of(change: RegistryChange, vehicle: &Vehicle) -> serde_json::Result<Self> {
        let (change, old_status) = match change {
            RegistryChange::Added => ("ADDED", None),
            RegistryChange::Changed { old_status } => ("CHANGED", Some(old_status.as_str())),
            RegistryChange::Removed => ("REMOVED", None),
        };
        Ok(Self {
            change,
            old_status,
            vehicle: serde_json::to_value(WholeRow::from(vehicle))?,
            happened_at: vehicle.updated_at,
        })
    }
}

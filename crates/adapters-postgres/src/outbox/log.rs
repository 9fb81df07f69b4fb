//! The implementation of the port for the registry's log.

use std::time::Duration;

use application::{
    Error, Result,
    ports::{EVENTS_AT_ONCE, EventLog, NextEvents},
    registry::{Happened, RegistryChange, RegistryEvent, Sequence},
};
use async_trait::async_trait;
use diesel::{prelude::*, sql_types::BigInt};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use domain::UserId;
use futures::FutureExt;
use serde_json::Value;
use time::OffsetDateTime;
use uuid::Uuid;

use super::writing::RIGHTS;
use crate::{
    database::Database,
    failure::Failure,
    portions::delete_older_than,
    schema::{outbox, outbox_position},
    vehicles::{Unreadable, WholeRow},
};

/// Deletes old events without leaving a gap: times are not quite in the order of the numbers, so all rows starting with
/// the first one that is recent enough are kept. Several servers may do this concurrently, because they lock the rows
/// in the same order.
const FORGET: &str = "
    WITH kept AS (
        SELECT sequence FROM outbox
        WHERE sequence IS NOT NULL AND happened_at >= now() - make_interval(secs => $1)
        ORDER BY sequence LIMIT 1
    ), forgotten AS (
        SELECT id FROM outbox
        WHERE sequence < coalesce((SELECT sequence FROM kept), (SELECT newest FROM outbox_position))
        ORDER BY sequence LIMIT $2
        FOR UPDATE
    )
    DELETE FROM outbox WHERE id IN (SELECT id FROM forgotten)";

/// Maximum number of rows that one statement numbers or reads.
const AT_ONCE: i64 = EVENTS_AT_ONCE as i64;

/// Maximum number of rows that one statement deletes.
const FORGOTTEN_AT_ONCE: i64 = 10_000;

diesel::define_sql_function! {
    /// Numbers the oldest rows without a number; defined by the migrations.
    fn number_outbox(at_most: BigInt) -> BigInt;
}

/// The registry's log in PostgreSQL.
#[derive(Debug, Clone)]
pub struct PgEventLog {
    database: Database,
}

impl PgEventLog {
    /// Creates the log. The migrations must have been applied.
    #[must_use]
    pub const fn new(database: Database) -> Self {
        Self { database }
    }
}

#[async_trait]
impl EventLog for PgEventLog {
    async fn position(&self) -> Result<Sequence> {
        self.database
            .run_bulk(|connection| {
                async move {
                    loop {
                        let state = State::read(connection).await?;
                        // All existing rows are numbered first, so that the position covers them.
                        if !state.has_unnumbered {
                            return Ok(state.newest);
                        }
                        number(connection).await?;
                    }
                }
                .boxed()
            })
            .await
    }

    async fn read_after(&self, after: Sequence) -> Result<NextEvents> {
        self.database
            .run(move |connection| {
                async move {
                    let state = State::read(connection).await?;
                    if state.has_unnumbered {
                        number(connection).await?;
                    } else if state.newest == after {
                        return Ok(NextEvents::Events(Vec::new()));
                    }
                    let events = read_after(connection, after).await?;
                    Ok(in_sequence(after, events).map_or(NextEvents::Lost, NextEvents::Events))
                }
                .boxed()
            })
            .await
    }

    async fn forget_older_than(&self, age: Duration) -> Result<()> {
        self.database
            .run_bulk(move |connection| delete_older_than(connection, FORGET, age, FORGOTTEN_AT_ONCE).boxed())
            .await
    }
}

/// State of the log, without its events.
struct State {
    newest: Sequence,
    has_unnumbered: bool,
}

impl State {
    async fn read(connection: &mut AsyncPgConnection) -> Result<Self, Failure> {
        let unnumbered = outbox::table
            .filter(outbox::sequence.is_null())
            .order(outbox::id)
            .select(outbox::id)
            .limit(1)
            .single_value();
        let (newest, unnumbered): (i64, Option<i64>) = outbox_position::table
            .select((outbox_position::newest, unnumbered))
            .get_result(connection)
            .await?;
        Ok(Self {
            newest: sequence(newest).map_err(Error::internal)?,
            has_unnumbered: unnumbered.is_some(),
        })
    }
}

async fn number(connection: &mut AsyncPgConnection) -> QueryResult<i64> {
    diesel::select(number_outbox(AT_ONCE))
        .get_result(connection)
        .await
}

/// Returns the next events after a number, at most [`AT_ONCE`]. Returns `None` if one of them is invalid, for example
/// because another version of this program wrote it; the caller must then read the registry itself.
async fn read_after(
    connection: &mut AsyncPgConnection,
    after: Sequence,
) -> Result<Option<Vec<RegistryEvent>>, Failure> {
    let rows: Vec<Row> = outbox::table
        .filter(outbox::sequence.gt(i64::try_from(after.get()).unwrap_or(i64::MAX)))
        .order(outbox::sequence)
        .limit(AT_ONCE)
        .select(Row::as_select())
        .load(connection)
        .await?;
    let read: Result<Vec<_>, Unreadable> = rows.into_iter().map(RegistryEvent::try_from).collect();
    Ok(read
        .inspect_err(
            |error| tracing::warn!(%error, "the event log of the registry contains an invalid event"),
        )
        .ok())
}

/// Returns the events if the first one has the next number. Only the oldest events are ever deleted, so there is no gap
/// after it. If there are no events, the reader knows a later number than the log has: it has read another log, such as
/// that of a primary that failed before its standby had received everything.
fn in_sequence(after: Sequence, events: Option<Vec<RegistryEvent>>) -> Option<Vec<RegistryEvent>> {
    events.filter(|events| matches!(&events[..], [first, ..] if first.sequence == after.next()))
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = outbox)]
struct Row {
    #[diesel(select_expression = outbox::sequence.assume_not_null())]
    sequence: i64,
    change: String,
    old_status: Option<String>,
    vehicle: Value,
    user_id: Option<Uuid>,
    happened_at: OffsetDateTime,
}

impl TryFrom<Row> for RegistryEvent {
    type Error = Unreadable;

    fn try_from(row: Row) -> Result<Self, Unreadable> {
        let sequence = row.sequence;
        row.into_event()
            .map_err(|fault| fault.at(format_args!("event {sequence}")))
    }
}

impl Row {
    fn into_event(self) -> Result<RegistryEvent, Unreadable> {
        let happened = match (self.change.as_str(), self.old_status, self.user_id) {
            ("ADDED", None, None) => to_vehicle(RegistryChange::Added, self.vehicle)?,
            ("CHANGED", Some(old_status), None) => {
                let old_status = old_status.parse().map_err(Unreadable::because)?;
                to_vehicle(RegistryChange::Changed { old_status }, self.vehicle)?
            }
            ("REMOVED", None, None) => to_vehicle(RegistryChange::Removed, self.vehicle)?,
            (RIGHTS, None, Some(user)) => Happened::RightsChanged(UserId::from_uuid(user)),
            (other, ..) => return Err(Unreadable::because(format!("unknown change {other}"))),
        };
        Ok(RegistryEvent {
            sequence: sequence(self.sequence)?,
            at: self.happened_at,
            happened,
        })
    }
}

fn to_vehicle(change: RegistryChange, vehicle: Value) -> Result<Happened, Unreadable> {
    let vehicle: WholeRow = serde_json::from_value(vehicle).map_err(Unreadable::because)?;
    let vehicle = Box::new(vehicle.try_into()?);
    Ok(Happened::ToVehicle { change, vehicle })
}

fn sequence(number: i64) -> Result<Sequence, Unreadable> {
    u64::try_from(number)
        .map(Sequence::new)
        .map_err(Unreadable::because)
}

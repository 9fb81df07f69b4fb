//! Writing of vehicles within the transaction of the caller.

use std::collections::BTreeMap;

use application::{
    Error,
    ports::{AuditRecord, Author},
    registry::RegistryChange,
    vehicles::must_have_version,
};
use diesel::{
    prelude::*,
    sql_types::{self, Array},
};
use diesel_async::{AsyncPgConnection, RunQueryDsl, SimpleAsyncConnection};
use domain::{
    AccessScope, VehicleId,
    vehicle::{Vehicle, VehicleStatus, Version},
};
use time::OffsetDateTime;
use uuid::Uuid;

use super::{
    details,
    rows::ChangedRow,
    selection::{Selection, load, visible_to},
};
use crate::{
    audit,
    failure::Failure,
    grants, outbox,
    schema::{group_members, statement_timestamp, vehicles},
};

/// Statement that locks rows in the order of their ids, so two servers that record the same statuses do not deadlock,
/// and the second one finds nothing to change. `clock_timestamp()` is evaluated after the locks were obtained. Returns
/// the time of the last change, or the current time if nothing had to be changed.
const RECORD_STATUSES: &str = "
    WITH changed AS MATERIALIZED (
        SELECT vehicles.id, said.status
        FROM vehicles JOIN unnest($1, $2) AS said (id, status) ON said.id = vehicles.id
        WHERE vehicles.is_enabled AND vehicles.deleted_at IS NULL AND vehicles.status <> said.status
        ORDER BY vehicles.id
        FOR UPDATE OF vehicles
    ), recorded AS (
        UPDATE vehicles SET status = changed.status, updated_at = clock_timestamp()
        FROM changed WHERE vehicles.id = changed.id
        RETURNING vehicles.updated_at
    )
    SELECT coalesce(max(updated_at), clock_timestamp()) AS at FROM recorded";

/// Locks a vehicle's row until the end of the transaction, and reads it afterwards, so that the changes of transactions
/// that held the lock earlier are visible. Rejects a version other than `expected`.
pub(crate) async fn lock(
    connection: &mut AsyncPgConnection,
    scope: Selection,
    id: VehicleId,
    expected: Option<Version>,
) -> Result<Vehicle, Failure> {
    vehicles::table
        .find(*id.as_uuid())
        .select(vehicles::id)
        .for_update()
        .execute(connection)
        .await?;
    let found = load(connection, scope.filter(vehicles::id.eq(*id.as_uuid()))).await?;
    let vehicle = found.into_iter().next().ok_or_else(Error::vehicle_not_found)?;
    must_have_version(&vehicle, expected)?;
    Ok(vehicle)
}

/// Locks the rows of several vehicles in the order of their ids, which prevents deadlocks.
pub(crate) async fn lock_all(connection: &mut AsyncPgConnection, ids: &[Uuid]) -> Result<(), Failure> {
    vehicles::table
        .filter(vehicles::id.eq_any(ids))
        .select(vehicles::id)
        .order(vehicles::id)
        .for_update()
        .execute(connection)
        .await?;
    Ok(())
}

/// Writes a changed vehicle with the next version. `updated_at` becomes the time of the statement, which starts after
/// the lock was obtained; the transaction may have started before the change that it waited for.
pub(super) async fn write(
    connection: &mut AsyncPgConnection,
    by: &Author,
    before: &Vehicle,
    after: Vehicle,
) -> Result<Vehicle, Failure> {
    if after.details != before.details {
        details::store(connection, after.id, &after.details).await?;
    }
    let after = Vehicle {
        version: before.version.next(),
        ..after
    };
    let updated_at = diesel::update(vehicles::table.find(*after.id.as_uuid()))
        .set((
            ChangedRow::from(&after),
            vehicles::updated_at.eq(statement_timestamp()),
        ))
        .returning(vehicles::updated_at)
        .get_result(connection)
        .await?;
    let after = Vehicle { updated_at, ..after };
    let old_status = before.status;
    outbox::note(connection, [(RegistryChange::Changed { old_status }, &after)]).await?;
    audit::write_down(connection, by, [AuditRecord::vehicle_changed(before, &after)]).await?;
    Ok(after)
}

/// Increments the versions of vehicles after a change outside their rows, which must be locked. Returns those that are
/// not deleted, in their new state. `undo` restores the previous state for the audit log.
pub(crate) async fn raise_versions(
    connection: &mut AsyncPgConnection,
    by: &Author,
    ids: &[Uuid],
    undo: impl Fn(&mut Vehicle),
) -> Result<Vec<Vehicle>, Failure> {
    diesel::update(vehicles::table.filter(vehicles::id.eq_any(ids)))
        .set((
            vehicles::version.eq(vehicles::version + 1),
            vehicles::updated_at.eq(statement_timestamp()),
        ))
        .execute(connection)
        .await?;
    let changed = visible_to(&AccessScope::All).filter(vehicles::id.eq_any(ids.to_vec()));
    let changed = load(connection, changed).await?;
    let entries = changed.iter().map(|vehicle| {
        let old_status = vehicle.status;
        (RegistryChange::Changed { old_status }, vehicle)
    });
    outbox::note(connection, entries).await?;
    let records = changed.iter().map(|after| {
        let mut before = after.clone();
        undo(&mut before);
        AuditRecord::vehicle_changed(&before, after)
    });
    audit::write_down(connection, by, records).await?;
    Ok(changed)
}

/// Deletes vehicles softly, with the next version and the time of the statement. Their rows must be locked. Removes
/// them from their groups, and withdraws the grants on them.
pub(super) async fn delete(
    connection: &mut AsyncPgConnection,
    by: &Author,
    chosen: Vec<Vehicle>,
) -> Result<Vec<Vehicle>, Failure> {
    let ids: Vec<Uuid> = chosen.iter().map(|vehicle| *vehicle.id.as_uuid()).collect();
    let memberships = group_members::table.filter(group_members::vehicle_id.eq_any(&ids));
    diesel::delete(memberships).execute(connection).await?;
    // One statement, so that all have the same time.
    let deleted_at = diesel::update(vehicles::table.filter(vehicles::id.eq_any(&ids)))
        .set((
            vehicles::version.eq(vehicles::version + 1),
            vehicles::updated_at.eq(statement_timestamp()),
            vehicles::deleted_at.eq(statement_timestamp().nullable()),
        ))
        .returning(vehicles::updated_at)
        .get_results(connection)
        .await?
        .into_iter()
        .next();
    let Some(deleted_at) = deleted_at else {
        return Ok(Vec::new());
    };
    let removed = chosen.iter().map(|vehicle| vehicle.clone().deleted(deleted_at));
    let removed: Vec<Vehicle> = removed.collect();
    let entries = removed.iter().map(|vehicle| (RegistryChange::Removed, vehicle));
    outbox::note(connection, entries).await?;
    audit::write_down(connection, by, chosen.iter().map(AuditRecord::vehicle_deleted)).await?;
    // Grants are locked last, as in every transaction.
    grants::withdraw_all_on_vehicles(connection, by, &ids).await?;
    Ok(removed.into_iter().map(Vehicle::without_groups).collect())
}

/// Reverts a soft deletion, with the next version and the time of the statement.
pub(super) async fn restore(
    connection: &mut AsyncPgConnection,
    by: &Author,
    deleted: Vehicle,
) -> Result<Vehicle, Failure> {
    // This time is replaced below by that of the statement.
    let restored = deleted.restored(OffsetDateTime::now_utc());
    let updated_at = diesel::update(vehicles::table.find(*restored.id.as_uuid()))
        .set((
            vehicles::version.eq(restored.version.as_i64()),
            vehicles::is_enabled.eq(restored.is_enabled),
            vehicles::updated_at.eq(statement_timestamp()),
            vehicles::deleted_at.eq(restored.deleted_at),
        ))
        .returning(vehicles::updated_at)
        .get_result(connection)
        .await?;
    let restored = Vehicle {
        updated_at,
        ..restored
    };
    outbox::note(connection, [(RegistryChange::Added, &restored)]).await?;
    audit::write_down(connection, by, [AuditRecord::vehicle_restored(&restored)]).await?;
    Ok(restored)
}

/// Allows PostgreSQL to cache plans for the rest of this transaction, instead of planning foreign-key checks and
/// triggers for each row. No statement that follows may need a plan for its actual values.
pub(crate) async fn plan_checks_once(connection: &mut AsyncPgConnection) -> Result<(), Failure> {
    Ok(connection
        .batch_execute("SET LOCAL plan_cache_mode = auto")
        .await?)
}

/// Checks deferred constraints now. For many rows, the check at the commit would take as long as all statements before
/// it.
pub(crate) async fn check_deferred(connection: &mut AsyncPgConnection) -> Result<(), Failure> {
    const CHECK: &str = "SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED";
    Ok(connection.batch_execute(CHECK).await?)
}

/// Records the statuses that robots reported. They are not written to the log, because every server receives them from
/// the robots.
pub(super) async fn record_statuses(
    connection: &mut AsyncPgConnection,
    statuses: BTreeMap<VehicleId, VehicleStatus>,
) -> Result<OffsetDateTime, Failure> {
    let (ids, statuses): (Vec<Uuid>, Vec<&str>) = statuses
        .iter()
        .map(|(id, status)| (*id.as_uuid(), status.as_str()))
        .unzip();
    let recorded = diesel::sql_query(RECORD_STATUSES)
        .bind::<Array<sql_types::Uuid>, _>(ids)
        .bind::<Array<sql_types::Text>, _>(statuses)
        .get_result::<Recorded>(connection)
        .await?;
    Ok(recorded.at)
}

#[derive(QueryableByName)]
struct Recorded {
    #[diesel(sql_type = sql_types::Timestamptz)]
    at: OffsetDateTime,
}

//! What is written, each within the time and the transaction of its caller.

use std::collections::BTreeMap;

use application::Error;
use diesel::{
    prelude::*,
    sql_types::{self, Array},
};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use domain::{
    OrganizationId, VehicleId,
    vehicle::{Vehicle, VehicleDraft, VehicleStatus, Version},
};
use uuid::Uuid;

use super::{
    details,
    rows::{ChangedRow, NewRow},
    selection::{Selection, load},
};
use crate::{
    failure::Failure,
    schema::{statement_timestamp, vehicles},
};

/// Writes a new vehicle with its details.
pub(super) async fn insert(
    connection: &mut AsyncPgConnection,
    id: VehicleId,
    organization_id: OrganizationId,
    draft: VehicleDraft,
) -> Result<Vehicle, Failure> {
    let (created_at, updated_at) = diesel::insert_into(vehicles::table)
        .values(NewRow::of(id, organization_id, &draft))
        .returning((vehicles::created_at, vehicles::updated_at))
        .get_result(connection)
        .await?;
    details::store(connection, id, &draft.details).await?;
    let VehicleDraft {
        name,
        manufacturer,
        model,
        specification,
        details,
    } = draft;
    Ok(Vehicle {
        id,
        organization_id,
        name,
        manufacturer,
        model,
        status: VehicleStatus::Idle,
        is_enabled: false,
        specification,
        details,
        version: Version::FIRST,
        created_at,
        updated_at,
        deleted_at: None,
    })
}

/// Locks a vehicle's row until the end of the transaction, and then reads it: what others wrote while we waited
/// is there.
pub(super) async fn lock(
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
    match expected {
        Some(version) if version != vehicle.version => Err(Error::VersionMismatch.into()),
        _ => Ok(vehicle),
    }
}

/// Writes a changed vehicle under the next version. The time is the statement's, which is behind the lock; the
/// transaction may have begun before the change that it waited for.
pub(super) async fn write(
    connection: &mut AsyncPgConnection,
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
    Ok(Vehicle { updated_at, ..after })
}

/// Deletes a vehicle softly, under the next version and the time of the statement.
pub(super) async fn delete(connection: &mut AsyncPgConnection, vehicle: Vehicle) -> Result<Vehicle, Failure> {
    let version = vehicle.version.next();
    let deleted_at = diesel::update(vehicles::table.find(*vehicle.id.as_uuid()))
        .set((
            vehicles::version.eq(version.as_i64()),
            vehicles::updated_at.eq(statement_timestamp()),
            vehicles::deleted_at.eq(statement_timestamp().nullable()),
        ))
        .returning(vehicles::updated_at)
        .get_result(connection)
        .await?;
    Ok(Vehicle {
        version,
        updated_at: deleted_at,
        deleted_at: Some(deleted_at),
        ..vehicle
    })
}

/// Takes down the robots' own words of their status.
pub(super) async fn record_statuses(
    connection: &mut AsyncPgConnection,
    statuses: BTreeMap<VehicleId, VehicleStatus>,
) -> Result<(), Failure> {
    let (ids, statuses): (Vec<Uuid>, Vec<&str>) = statuses
        .iter()
        .map(|(id, status)| (*id.as_uuid(), status.as_str()))
        .unzip();
    diesel::sql_query(RECORD_STATUSES)
        .bind::<Array<sql_types::Uuid>, _>(ids)
        .bind::<Array<sql_types::Text>, _>(statuses)
        .execute(connection)
        .await?;
    Ok(())
}

/// The rows are locked in the order of their ids, so that two servers that say the same never wait for each
/// other in a circle; who comes second finds nothing left to change. The time is taken behind the lock.
const RECORD_STATUSES: &str = "
    WITH changed AS MATERIALIZED (
        SELECT vehicles.id, said.status
        FROM vehicles JOIN unnest($1, $2) AS said (id, status) ON said.id = vehicles.id
        WHERE vehicles.is_enabled AND vehicles.deleted_at IS NULL AND vehicles.status <> said.status
        ORDER BY vehicles.id
        FOR UPDATE OF vehicles
    )
    UPDATE vehicles SET status = changed.status, updated_at = clock_timestamp()
    FROM changed WHERE vehicles.id = changed.id";

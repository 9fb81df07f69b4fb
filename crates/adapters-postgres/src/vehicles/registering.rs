//! The insertion of new vehicles, from one to a hundred thousand, within the transaction of the caller.

use std::collections::HashMap;

use application::{
    ports::{AuditRecord, Author, Registration},
    registry::RegistryChange,
    vehicles::Placement,
};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use domain::{
    OrganizationId, VehicleId,
    vehicle::{Remains, Vehicle, Version},
};
use time::OffsetDateTime;
use uuid::Uuid;

use super::{details, rows::NewRow, unreadable::Unreadable, writing::check_deferred};
use crate::{audit, failure::Failure, outbox, portions::PORTION, schema::vehicles};

/// Inserts vehicles with their details, events and audit entries, in portions, so that neither a statement nor the
/// commit takes a long time. Returns them in the same order.
pub(super) async fn register(
    connection: &mut AsyncPgConnection,
    by: &Author,
    organization: OrganizationId,
    registrations: &[Registration],
    placements: &[Placement],
) -> Result<Vec<Vehicle>, Failure> {
    let mut registered = Vec::with_capacity(registrations.len());
    for (portion, placements) in registrations.chunks(PORTION).zip(placements.chunks(PORTION)) {
        let vehicles = insert(connection, organization, portion, placements).await?;
        let added = vehicles.iter().map(|vehicle| (RegistryChange::Added, vehicle));
        outbox::note(connection, added).await?;
        let records = vehicles
            .iter()
            .zip(placements)
            .map(|(vehicle, placement)| match placement {
                Placement::New => AuditRecord::vehicle_created(vehicle),
                Placement::Restored => AuditRecord::vehicle_restored(vehicle),
            });
        audit::write_down(connection, by, records).await?;
        // Otherwise the commit would check the deferred constraints of all portions at once.
        check_deferred(connection).await?;
        registered.extend(vehicles);
    }
    Ok(registered)
}

async fn insert(
    connection: &mut AsyncPgConnection,
    organization: OrganizationId,
    registrations: &[Registration],
    placements: &[Placement],
) -> Result<Vec<Vehicle>, Failure> {
    let with_ids: Vec<(VehicleId, &Registration)> = registrations
        .iter()
        .map(|registration| (registration.id.unwrap_or_else(new_id), registration))
        .collect();
    let restored = with_ids
        .iter()
        .zip(placements)
        .filter(|(_, placement)| **placement == Placement::Restored)
        .map(|((id, _), _)| *id.as_uuid());
    let deleted = take_deleted(connection, restored.collect()).await?;
    // This time is replaced below by those of the database.
    let now = OffsetDateTime::now_utc();
    let vehicles: Vec<Vehicle> = with_ids
        .into_iter()
        .map(|(id, registration)| {
            let remains = deleted.get(id.as_uuid()).copied();
            registered(id, organization, registration, remains, now)
        })
        .collect();
    let rows: Vec<NewRow<'_>> = vehicles
        .iter()
        .map(|vehicle| {
            let remains = deleted.get(vehicle.id.as_uuid());
            NewRow::of(vehicle, remains.map(|remains| remains.created_at))
        })
        .collect();
    let times: Vec<(OffsetDateTime, OffsetDateTime)> = diesel::insert_into(vehicles::table)
        .values(&rows)
        .returning((vehicles::created_at, vehicles::updated_at))
        .get_results(connection)
        .await?;
    let details = vehicles.iter().map(|vehicle| (vehicle.id, &vehicle.details));
    details::insert(connection, details).await?;
    Ok(vehicles
        .into_iter()
        .zip(times)
        .map(|(vehicle, (created_at, updated_at))| Vehicle {
            created_at,
            updated_at,
            ..vehicle
        })
        .collect())
}

/// Removes the rows of deleted vehicles, with their details, and returns the values to preserve. Inserting the rows
/// again restores many vehicles as fast as new ones are registered.
async fn take_deleted(
    connection: &mut AsyncPgConnection,
    ids: Vec<Uuid>,
) -> Result<HashMap<Uuid, Remains>, Failure> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let taken: Vec<(Uuid, String, i64, OffsetDateTime)> = diesel::delete(
        vehicles::table
            .filter(vehicles::id.eq_any(ids))
            .filter(vehicles::deleted_at.is_not_null()),
    )
    .returning((
        vehicles::id,
        vehicles::status,
        vehicles::version,
        vehicles::created_at,
    ))
    .get_results(connection)
    .await?;
    let row = |(id, status, version, created_at): (Uuid, String, i64, OffsetDateTime)| {
        let deleted = Remains {
            status: status.parse().map_err(Unreadable::because)?,
            version: Version::from_i64(version),
            created_at,
        };
        Ok::<_, Unreadable>((id, deleted))
    };
    let rows: Result<_, Unreadable> = taken.into_iter().map(row).collect();
    Ok(rows.map_err(application::Error::internal)?)
}

/// Returns the vehicle that a registration creates at the given time.
pub(super) fn registered(
    id: VehicleId,
    organization: OrganizationId,
    registration: &Registration,
    remains: Option<Remains>,
    at: OffsetDateTime,
) -> Vehicle {
    let draft = registration.draft.clone();
    draft.registered(id, organization, registration.is_enabled, remains, at)
}

pub(super) fn new_id() -> VehicleId {
    VehicleId::from_uuid(Uuid::now_v7())
}

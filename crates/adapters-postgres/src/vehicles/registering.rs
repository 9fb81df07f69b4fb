//! New vehicles, one or a hundred thousand, within the transaction of the caller.

use std::collections::HashMap;

use application::{
    audit::{AuditRecord, Author},
    ports::Registration,
    registry::RegistryChange,
    vehicles::Placement,
};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use domain::{
    OrganizationId, VehicleId,
    vehicle::{Vehicle, VehicleDraft, VehicleStatus, Version},
};
use time::OffsetDateTime;
use uuid::Uuid;

use super::{
    details,
    rows::{DeletedRow, NewRow},
    unreadable::Unreadable,
    writing::check_deferred,
};
use crate::{audit, failure::Failure, outbox, portions::PORTION, schema::vehicles};

/// Writes vehicles with their details, and that they were added, into both logs, in portions, so that no statement, nor
/// the commit, takes long. Gives them in their order.
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
    let rows: Vec<NewRow<'_>> = with_ids
        .iter()
        .map(|(id, registration)| NewRow::of(*id, organization, registration, deleted.get(id.as_uuid())))
        .collect();
    let times: Vec<(OffsetDateTime, OffsetDateTime)> = diesel::insert_into(vehicles::table)
        .values(&rows)
        .returning((vehicles::created_at, vehicles::updated_at))
        .get_results(connection)
        .await?;
    let details = with_ids
        .iter()
        .map(|(id, registration)| (*id, &registration.draft.details));
    details::insert(connection, details).await?;
    Ok(with_ids
        .into_iter()
        .zip(times)
        .map(|((id, registration), (created_at, updated_at))| {
            let deleted = deleted.get(id.as_uuid());
            Vehicle {
                status: deleted.map_or(VehicleStatus::Idle, |deleted| deleted.status),
                version: deleted.map_or(Version::FIRST, |deleted| deleted.version.next()),
                created_at,
                updated_at,
                ..registered(id, organization, registration, updated_at)
            }
        })
        .collect())
}

/// Takes the rows of deleted vehicles away, with their details, and gives what comes back of them. So a list brings back
/// many as fast as it registers new ones.
async fn take_deleted(
    connection: &mut AsyncPgConnection,
    ids: Vec<Uuid>,
) -> Result<HashMap<Uuid, DeletedRow>, Failure> {
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
        let deleted = DeletedRow {
            status: status.parse().map_err(Unreadable::because)?,
            version: Version::from_i64(version),
            created_at,
        };
        Ok::<_, Unreadable>((id, deleted))
    };
    let rows: Result<_, Unreadable> = taken.into_iter().map(row).collect();
    Ok(rows.map_err(application::Error::internal)?)
}

/// A vehicle as it is registered at a time.
pub(super) fn registered(
    id: VehicleId,
    organization_id: OrganizationId,
    registration: &Registration,
    created_at: OffsetDateTime,
) -> Vehicle {
    let Registration {
        id: _,
        is_enabled,
        draft,
    } = registration;
    let VehicleDraft {
        name,
        manufacturer,
        model,
        specification,
        details,
    } = draft.clone();
    Vehicle {
        id,
        organization_id,
        group_ids: Default::default(),
        name,
        manufacturer,
        model,
        status: VehicleStatus::Idle,
        is_enabled: *is_enabled,
        specification,
        details,
        version: Version::FIRST,
        created_at,
        updated_at: created_at,
        deleted_at: None,
    }
}

pub(super) fn new_id() -> VehicleId {
    VehicleId::from_uuid(Uuid::now_v7())
}

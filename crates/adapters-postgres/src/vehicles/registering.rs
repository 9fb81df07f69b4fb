//! New vehicles, one or a hundred thousand, within the transaction of the caller.

use application::{
    audit::{AuditRecord, Author},
    ports::Registration,
    registry::RegistryChange,
};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use domain::{
    OrganizationId, VehicleId,
    vehicle::{Vehicle, VehicleDraft, VehicleStatus, Version},
};
use time::OffsetDateTime;
use uuid::Uuid;

use super::{
    details,
    rows::NewRow,
    writing::{PORTION, check_deferred},
};
use crate::{audit, failure::Failure, outbox, schema::vehicles};

/// Writes new vehicles with their details, and that they were added, into both logs, in portions, so that no statement, nor the
/// commit, takes long. Gives them in their order.
pub(super) async fn register(
    connection: &mut AsyncPgConnection,
    by: &Author,
    organization: OrganizationId,
    registrations: &[Registration],
) -> Result<Vec<Vehicle>, Failure> {
    let mut registered = Vec::with_capacity(registrations.len());
    for portion in registrations.chunks(PORTION) {
        let vehicles = insert(connection, organization, portion).await?;
        let added = vehicles.iter().map(|vehicle| (RegistryChange::Added, vehicle));
        outbox::note(connection, added).await?;
        let records = vehicles.iter().map(AuditRecord::vehicle_created);
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
) -> Result<Vec<Vehicle>, Failure> {
    let with_ids: Vec<(VehicleId, &Registration)> = registrations
        .iter()
        .map(|registration| (registration.id.unwrap_or_else(new_id), registration))
        .collect();
    let rows: Vec<NewRow<'_>> = with_ids
        .iter()
        .map(|(id, registration)| NewRow::of(*id, organization, registration))
        .collect();
    let created_at: Vec<OffsetDateTime> = diesel::insert_into(vehicles::table)
        .values(&rows)
        .returning(vehicles::created_at)
        .get_results(connection)
        .await?;
    let details = with_ids
        .iter()
        .map(|(id, registration)| (*id, &registration.draft.details));
    details::insert(connection, details).await?;
    Ok(with_ids
        .into_iter()
        .zip(created_at)
        .map(|((id, registration), created_at)| registered(id, organization, registration, created_at))
        .collect())
}

fn registered(
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

fn new_id() -> VehicleId {
    VehicleId::from_uuid(Uuid::now_v7())
}

//! Enabling, disabling and deletion of several vehicles within the transaction of the caller.

use std::collections::BTreeSet;

use application::{
    ports::{AuditRecord, Author},
    registry::RegistryChange,
    vehicles::must_all_exist,
};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use domain::{VehicleId, vehicle::Vehicle};
use uuid::Uuid;

use super::{
    selection::{Selection, load},
    writing,
};
use crate::{
    audit,
    failure::Failure,
    outbox,
    schema::{statement_timestamp, vehicles},
};

/// Enables or disables vehicles. Returns all of them in the order of their ids.
pub(super) async fn set_enabled(
    connection: &mut AsyncPgConnection,
    by: &Author,
    scope: Selection,
    ids: &[VehicleId],
    is_enabled: bool,
) -> Result<Vec<Vehicle>, Failure> {
    let mut chosen = lock(connection, scope, ids).await?;
    let others = chosen.iter().filter(|vehicle| vehicle.is_enabled != is_enabled);
    let others: Vec<Uuid> = others.map(|vehicle| *vehicle.id.as_uuid()).collect();
    if others.is_empty() {
        return Ok(chosen);
    }
    // One statement, so that all have the same time.
    let updated_at = diesel::update(vehicles::table.filter(vehicles::id.eq_any(others)))
        .set((
            vehicles::is_enabled.eq(is_enabled),
            vehicles::version.eq(vehicles::version + 1),
            vehicles::updated_at.eq(statement_timestamp()),
        ))
        .returning(vehicles::updated_at)
        .get_results(connection)
        .await?
        .into_iter()
        .next();
    let (mut changed, mut records) = (Vec::new(), Vec::new());
    for vehicle in &mut chosen {
        if vehicle.is_enabled == is_enabled {
            continue;
        }
        let after = Vehicle {
            is_enabled,
            version: vehicle.version.next(),
            updated_at: updated_at.unwrap_or(vehicle.updated_at),
            ..vehicle.clone()
        };
        records.push(AuditRecord::vehicle_changed(vehicle, &after));
        changed.push(after.clone());
        *vehicle = after;
    }
    let entries = changed.iter().map(|vehicle| {
        let old_status = vehicle.status;
        (RegistryChange::Changed { old_status }, vehicle)
    });
    outbox::note(connection, entries).await?;
    audit::write_down(connection, by, records).await?;
    Ok(chosen)
}

/// Deletes vehicles softly. Returns them in the order of their ids.
pub(super) async fn delete(
    connection: &mut AsyncPgConnection,
    by: &Author,
    scope: Selection,
    ids: &[VehicleId],
) -> Result<Vec<Vehicle>, Failure> {
    let chosen = lock(connection, scope, ids).await?;
    writing::delete(connection, by, chosen).await
}

/// Locks the rows of vehicles, all of which must exist within the scope. Reads them afterwards, so that the changes of
/// transactions that held the locks earlier are visible. Returns them in the order of their ids.
async fn lock(
    connection: &mut AsyncPgConnection,
    scope: Selection,
    ids: &[VehicleId],
) -> Result<Vec<Vehicle>, Failure> {
    let ids: BTreeSet<VehicleId> = ids.iter().copied().collect();
    let uuids: Vec<Uuid> = ids.iter().map(|id| *id.as_uuid()).collect();
    writing::lock_all(connection, &uuids).await?;
    let mut found = load(connection, scope.filter(vehicles::id.eq_any(uuids))).await?;
    found.sort_unstable_by_key(|vehicle| vehicle.id);
    must_all_exist(&ids, &found)?;
    Ok(found)
}

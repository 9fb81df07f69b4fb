//! Members of groups. A change of membership is also a change to the vehicle.

use application::{Error, groups::must_share_organization, ports::Author};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use domain::{Group, GroupId, vehicle::Vehicle};
use uuid::Uuid;

use crate::{
    failure::Failure,
    portions::PORTION,
    schema::group_members,
    vehicles::{lock_all, raise_versions},
};

/// Adds a vehicle to a group. The rows of both must be locked.
pub(super) async fn add(
    connection: &mut AsyncPgConnection,
    by: &Author,
    group: &Group,
    vehicle: Vehicle,
) -> Result<Vehicle, Failure> {
    must_share_organization(group, &vehicle)?;
    if vehicle.group_ids.contains(&group.id) {
        return Ok(vehicle);
    }
    diesel::insert_into(group_members::table)
        .values((
            group_members::vehicle_id.eq(*vehicle.id.as_uuid()),
            group_members::group_id.eq(*group.id.as_uuid()),
            group_members::organization_id.eq(*group.organization_id.as_uuid()),
        ))
        .execute(connection)
        .await?;
    changed(connection, by, vehicle).await
}

/// Removes a vehicle from a group. The rows of both must be locked.
pub(super) async fn remove(
    connection: &mut AsyncPgConnection,
    by: &Author,
    group: &Group,
    vehicle: Vehicle,
) -> Result<Vehicle, Failure> {
    let membership = group_members::table.find((*vehicle.id.as_uuid(), *group.id.as_uuid()));
    match diesel::delete(membership).execute(connection).await? {
        0 => Err(Error::vehicle_not_found().into()),
        _ => changed(connection, by, vehicle).await,
    }
}

/// Removes all vehicles from a group, and returns them. The group's row must be locked.
pub(super) async fn remove_all(
    connection: &mut AsyncPgConnection,
    by: &Author,
    id: GroupId,
) -> Result<Vec<Vehicle>, Failure> {
    let group = *id.as_uuid();
    let come_back = |vehicle: &mut Vehicle| {
        vehicle.group_ids.insert(id);
    };
    let members: Vec<Uuid> = group_members::table
        .filter(group_members::group_id.eq(group))
        .order(group_members::vehicle_id)
        .select(group_members::vehicle_id)
        .load(connection)
        .await?;
    let mut vehicles = Vec::with_capacity(members.len());
    for portion in members.chunks(PORTION) {
        lock_all(connection, portion).await?;
        let memberships = group_members::table
            .filter(group_members::group_id.eq(group))
            .filter(group_members::vehicle_id.eq_any(portion));
        // A vehicle that was deleted before its lock was obtained has already left the group.
        let left: Vec<Uuid> = diesel::delete(memberships)
            .returning(group_members::vehicle_id)
            .get_results(connection)
            .await?;
        vehicles.extend(raise_versions(connection, by, &left, come_back).await?);
    }
    Ok(vehicles)
}

/// Raises the version of a vehicle whose membership changed, and returns it; `before` is its previous state.
async fn changed(
    connection: &mut AsyncPgConnection,
    by: &Author,
    before: Vehicle,
) -> Result<Vehicle, Failure> {
    let id = *before.id.as_uuid();
    let undo = |vehicle: &mut Vehicle| vehicle.group_ids.clone_from(&before.group_ids);
    let changed = raise_versions(connection, by, &[id], undo).await?;
    Ok(changed.into_iter().next().ok_or_else(Error::vehicle_not_found)?)
}

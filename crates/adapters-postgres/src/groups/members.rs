//! Who is in a group. Every change of that is a change of the vehicle too.

use application::Error;
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use domain::{Group, GroupId, Violations, vehicle::Vehicle};
use uuid::Uuid;

use crate::{
    failure::Failure,
    schema::group_members,
    vehicles::{PORTION, lock_all, raise_versions},
};

/// Puts a vehicle into a group; both are locked.
pub(super) async fn add(
    connection: &mut AsyncPgConnection,
    group: &Group,
    vehicle: Vehicle,
) -> Result<Vehicle, Failure> {
    if vehicle.organization_id != group.organization_id {
        let fault = Violations::of("vehicleId", "must name a vehicle of the group's organization");
        return Err(Error::from(fault).into());
    }
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
    changed(connection, &vehicle).await
}

/// Takes a vehicle out of a group; both are locked.
pub(super) async fn remove(
    connection: &mut AsyncPgConnection,
    group: &Group,
    vehicle: Vehicle,
) -> Result<Vehicle, Failure> {
    let membership = group_members::table.find((*vehicle.id.as_uuid(), *group.id.as_uuid()));
    match diesel::delete(membership).execute(connection).await? {
        0 => Err(Error::vehicle_not_found().into()),
        _ => changed(connection, &vehicle).await,
    }
}

/// Takes all vehicles out of a group that is locked, and gives them.
pub(super) async fn remove_all(
    connection: &mut AsyncPgConnection,
    group: GroupId,
) -> Result<Vec<Vehicle>, Failure> {
    let group = *group.as_uuid();
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
        // One that was deleted before we had its lock is in no group any more.
        let left: Vec<Uuid> = diesel::delete(memberships)
            .returning(group_members::vehicle_id)
            .get_results(connection)
            .await?;
        vehicles.extend(raise_versions(connection, &left).await?);
    }
    Ok(vehicles)
}

async fn changed(connection: &mut AsyncPgConnection, vehicle: &Vehicle) -> Result<Vehicle, Failure> {
    let changed = raise_versions(connection, &[*vehicle.id.as_uuid()]).await?;
    Ok(changed.into_iter().next().ok_or_else(Error::vehicle_not_found)?)
}

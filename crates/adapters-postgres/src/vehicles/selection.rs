//! Selection of vehicles by scope, and their loading.

use application::ports::RegisteredVersion;
use diesel::{
    dsl::{AsSelect, Select, auto_type, exists},
    pg::Pg,
    prelude::*,
};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use domain::{
    AccessScope, VehicleId,
    vehicle::{Vehicle, Version},
};
use uuid::Uuid;

use super::{rows::WholeRow, unreadable::Unreadable};
use crate::{
    failure::Failure,
    schema::{agv_details, amr_details, forklift_details, group_members, oht_details, vehicles},
};

/// Number of vehicles per statement when all vehicles are read.
const AT_ONCE: i64 = 10_000;

/// Query of vehicles, to be narrowed further.
pub(crate) type Selection = vehicles::BoxedQuery<'static, Pg>;

/// Selects the vehicles that a caller may see, except deleted ones.
pub(crate) fn visible_to(scope: &AccessScope) -> Selection {
    with_deleted(scope).filter(vehicles::deleted_at.is_null())
}

/// Like [`visible_to`], but includes deleted vehicles. These are in no group, and have no grants.
pub(super) fn with_deleted(scope: &AccessScope) -> Selection {
    let all = vehicles::table.into_boxed();
    let AccessScope::Restricted {
        organizations,
        groups,
        vehicles: single,
    } = scope
    else {
        return all;
    };
    let organizations: Vec<Uuid> = organizations.iter().map(|id| *id.as_uuid()).collect();
    let single: Vec<Uuid> = single.iter().map(|id| *id.as_uuid()).collect();
    let groups: Vec<Uuid> = groups.iter().map(|id| *id.as_uuid()).collect();
    let members = group_members::table.filter(group_members::group_id.eq_any(groups.clone()));
    // An OR cannot use the index of a group's members, so unnecessary conditions are left out. If both are necessary,
    // the memberships of each vehicle are looked up instead of reading all members.
    match (organizations.is_empty() && single.is_empty(), groups.is_empty()) {
        (true, _) => all.filter(vehicles::id.eq_any(members.select(group_members::vehicle_id))),
        (false, true) => all.filter(
            vehicles::organization_id
                .eq_any(organizations)
                .or(vehicles::id.eq_any(single)),
        ),
        (false, false) => all.filter(
            vehicles::organization_id
                .eq_any(organizations)
                .or(vehicles::id.eq_any(single))
                .or(exists(members.filter(group_members::vehicle_id.eq(vehicles::id)))),
        ),
    }
}

/// Reads the chosen vehicles with their groups and details in one statement, in no particular order.
pub(crate) async fn load(
    mut connection: &AsyncPgConnection,
    selection: Selection,
) -> Result<Vec<Vehicle>, Failure> {
    let rows: Vec<WholeRow> = whole(selection).load(&mut connection).await?;
    let read: Result<_, Unreadable> = rows.into_iter().map(Vehicle::try_from).collect();
    Ok(read.map_err(application::Error::internal)?)
}

/// Reads all vehicles that are not deleted, in portions, so that no statement takes a long time.
pub(super) async fn load_all(connection: &mut AsyncPgConnection) -> Result<Vec<Vehicle>, Failure> {
    let mut all: Vec<Vehicle> = Vec::new();
    let mut last = Uuid::nil();
    loop {
        let portion = visible_to(&AccessScope::All)
            .filter(vehicles::id.gt(last))
            .order(vehicles::id)
            .limit(AT_ONCE);
        let portion = load(connection, portion).await?;
        match portion.iter().map(|vehicle| vehicle.id).max() {
            Some(id) => last = *id.as_uuid(),
            None => return Ok(all),
        }
        all.extend(portion);
    }
}

/// Reads the versions of all vehicles that are not deleted, in portions, without their other data.
pub(super) async fn versions(connection: &mut AsyncPgConnection) -> Result<Vec<RegisteredVersion>, Failure> {
    let mut all = Vec::new();
    let mut last = Uuid::nil();
    loop {
        let portion: Vec<(Uuid, i64, bool)> = visible_to(&AccessScope::All)
            .filter(vehicles::id.gt(last))
            .order(vehicles::id)
            .limit(AT_ONCE)
            .select((vehicles::id, vehicles::version, vehicles::is_enabled))
            .load(connection)
            .await?;
        match portion.last() {
            Some((id, ..)) => last = *id,
            None => return Ok(all),
        }
        all.extend(
            portion
                .into_iter()
                .map(|(id, version, is_enabled)| RegisteredVersion {
                    id: VehicleId::from_uuid(id),
                    version: Version::from_i64(version),
                    is_enabled,
                }),
        );
    }
}

pub(super) async fn count(mut connection: &AsyncPgConnection, selection: Selection) -> Result<u64, Failure> {
    let count: i64 = selection.count().get_result(&mut connection).await?;
    Ok(u64::try_from(count).map_err(application::Error::internal)?)
}

/// Returns the statement that reads the chosen vehicles completely.
#[auto_type(no_type_alias)]
pub(super) fn whole(selection: Selection) -> _ {
    let whole: AsSelect<WholeRow, Pg> = WholeRow::as_select();
    let chosen: Select<Selection, vehicles::id> = selection.select(vehicles::id);
    vehicles::table
        .left_join(amr_details::table)
        .left_join(agv_details::table)
        .left_join(oht_details::table)
        .left_join(forklift_details::table)
        .filter(vehicles::id.eq_any(chosen))
        .select(whole)
}

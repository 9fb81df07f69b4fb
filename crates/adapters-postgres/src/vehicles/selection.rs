//! Which vehicles a query is about, and how they are read.

use application::ports::VehicleFilter;
use diesel::{
    dsl::{AsSelect, auto_type},
    pg::Pg,
    prelude::*,
};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use domain::{AccessScope, OrganizationId, VehicleId, vehicle::Vehicle};
use uuid::Uuid;

use super::rows::{Unreadable, WholeRow};
use crate::{
    failure::Failure,
    schema::{agv_details, amr_details, forklift_details, oht_details, vehicles},
};

/// A choice of vehicles, to be narrowed further.
pub(super) type Selection = vehicles::BoxedQuery<'static, Pg>;

/// The vehicles that exist for a caller.
pub(super) fn visible_to(scope: &AccessScope) -> Selection {
    let present = vehicles::table
        .filter(vehicles::deleted_at.is_null())
        .into_boxed();
    match scope {
        AccessScope::All => present,
        AccessScope::Restricted {
            organizations,
            vehicles: single,
        } => {
            let organizations: Vec<Uuid> = organizations
                .iter()
                .map(|id| *OrganizationId::as_uuid(id))
                .collect();
            let single: Vec<Uuid> = single.iter().map(|id| *VehicleId::as_uuid(id)).collect();
            present.filter(
                vehicles::organization_id
                    .eq_any(organizations)
                    .or(vehicles::id.eq_any(single)),
            )
        }
    }
}

/// Those of them that a filter lets through.
pub(super) fn matching(scope: &AccessScope, filter: &VehicleFilter) -> Selection {
    let VehicleFilter {
        kind,
        status,
        enabled,
    } = *filter;
    let mut selection = visible_to(scope);
    if let Some(kind) = kind {
        selection = selection.filter(vehicles::kind.eq(kind.as_str()));
    }
    if let Some(status) = status {
        selection = selection.filter(vehicles::status.eq(status.as_str()));
    }
    if let Some(enabled) = enabled {
        selection = selection.filter(vehicles::is_enabled.eq(enabled));
    }
    selection
}

/// Reads the chosen vehicles with their details, in the order of registration, by one statement.
pub(super) async fn load(
    mut connection: &AsyncPgConnection,
    selection: Selection,
) -> Result<Vec<Vehicle>, Failure> {
    let rows: Vec<WholeRow> = with_details()
        .filter(vehicles::id.eq_any(selection.select(vehicles::id)))
        .order(vehicles::id)
        .load(&mut connection)
        .await?;
    let read: Result<_, Unreadable> = rows.into_iter().map(Vehicle::try_from).collect();
    Ok(read.map_err(application::Error::internal)?)
}

/// Counts the chosen vehicles.
pub(super) async fn count(mut connection: &AsyncPgConnection, selection: Selection) -> Result<u64, Failure> {
    let count: i64 = selection.count().get_result(&mut connection).await?;
    Ok(u64::try_from(count).map_err(application::Error::internal)?)
}

#[auto_type(no_type_alias)]
fn with_details() -> _ {
    let whole: AsSelect<WholeRow, Pg> = WholeRow::as_select();
    vehicles::table
        .left_join(amr_details::table)
        .left_join(agv_details::table)
        .left_join(oht_details::table)
        .left_join(forklift_details::table)
        .select(whole)
}

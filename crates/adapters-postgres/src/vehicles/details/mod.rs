//! Details of vehicles, with one table and one file per kind.

mod agv;
mod amr;
mod config;
mod forklift;
mod oht;

use diesel::QueryResult;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use domain::{VehicleId, vehicle::VehicleDetails};

pub(super) use self::{agv::AgvRow, amr::AmrRow, forklift::ForkliftRow, oht::OhtRow};
use crate::schema::{agv_details, amr_details, forklift_details, oht_details};

/// Inserts the details of new vehicles.
pub(super) async fn insert<'a>(
    connection: &mut AsyncPgConnection,
    all: impl Iterator<Item = (VehicleId, &'a VehicleDetails)>,
) -> QueryResult<()> {
    let (mut amrs, mut agvs, mut ohts, mut forklifts) = (vec![], vec![], vec![], vec![]);
    for (id, details) in all {
        match details {
            VehicleDetails::Amr(amr) => amrs.push(AmrRow::of(id, amr)),
            VehicleDetails::Agv(agv) => agvs.push(AgvRow::of(id, agv)),
            VehicleDetails::Oht(oht) => ohts.push(OhtRow::of(id, oht)),
            VehicleDetails::Forklift(forklift) => forklifts.push(ForkliftRow::of(id, forklift)),
        }
    }
    macro_rules! insert {
        ($($table:ident, $rows:ident;)+) => {
            $(if !$rows.is_empty() {
                diesel::insert_into($table::table).values($rows).execute(connection).await?;
            })+
        };
    }
    insert! {
        amr_details, amrs;
        agv_details, agvs;
        oht_details, ohts;
        forklift_details, forklifts;
    }
    Ok(())
}

/// Replaces the details of a vehicle.
pub(super) async fn store(
    connection: &mut AsyncPgConnection,
    id: VehicleId,
    details: &VehicleDetails,
) -> QueryResult<()> {
    macro_rules! upsert {
        ($table:ident, $row:expr) => {{
            let row = $row;
            diesel::insert_into($table::table)
                .values(&row)
                .on_conflict($table::vehicle_id)
                .do_update()
                .set(&row)
                .execute(connection)
                .await?
        }};
    }
    match details {
        VehicleDetails::Amr(amr) => upsert!(amr_details, AmrRow::of(id, amr)),
        VehicleDetails::Agv(agv) => upsert!(agv_details, AgvRow::of(id, agv)),
        VehicleDetails::Oht(oht) => upsert!(oht_details, OhtRow::of(id, oht)),
        VehicleDetails::Forklift(forklift) => upsert!(forklift_details, ForkliftRow::of(id, forklift)),
    };
    Ok(())
}

use diesel::prelude::*;
use domain::{
    VehicleId,
    vehicle::{ForkliftDetails, RawForklift},
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{schema::forklift_details, vehicles::unreadable::Unreadable};

#[derive(Queryable, Selectable, Insertable, AsChangeset, Serialize, Deserialize)]
#[diesel(table_name = forklift_details, primary_key(vehicle_id), treat_none_as_null = true)]
pub(crate) struct ForkliftRow {
    vehicle_id: Uuid,
    mast_height: Option<f64>,
    lift_height: Option<f64>,
    fork_length: Option<f64>,
    load_capacity: Option<f64>,
}

impl ForkliftRow {
    pub(crate) fn of(id: VehicleId, details: &ForkliftDetails) -> Self {
        Self {
            vehicle_id: *id.as_uuid(),
            mast_height: details.mast_height(),
            lift_height: details.lift_height(),
            fork_length: details.fork_length(),
            load_capacity: details.load_capacity(),
        }
    }
}

impl TryFrom<ForkliftRow> for ForkliftDetails {
    type Error = Unreadable;

    fn try_from(row: ForkliftRow) -> Result<Self, Unreadable> {
        let ForkliftRow {
            vehicle_id: _,
            mast_height,
            lift_height,
            fork_length,
            load_capacity,
        } = row;
        Self::new(RawForklift {
            mast_height,
            lift_height,
            fork_length,
            load_capacity,
        })
        .map_err(Unreadable::because)
    }
}

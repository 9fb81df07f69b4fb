use diesel::prelude::*;
use domain::{
    VehicleId,
    vehicle::{HoistStatus, OhtDetails, RailSegment, RawOht, RawRailSegment},
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{schema::oht_details, vehicles::unreadable::Unreadable};

#[derive(Queryable, Selectable, Insertable, AsChangeset, Serialize, Deserialize)]
#[diesel(table_name = oht_details, primary_key(vehicle_id), treat_none_as_null = true)]
pub(crate) struct OhtRow {
    vehicle_id: Uuid,
    rail_id: String,
    hoist_status: Option<String>,
    rail_position: Option<f64>,
    rail_segments: Value,
}

/// Element of the column `rail_segments`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct SegmentJson {
    segment_id: String,
    start: f64,
    end: f64,
}

impl OhtRow {
    pub(crate) fn of(id: VehicleId, details: &OhtDetails) -> Self {
        Self {
            vehicle_id: *id.as_uuid(),
            rail_id: details.rail_id().to_string(),
            hoist_status: details.hoist_status().as_ref().map(ToString::to_string),
            rail_position: details.rail_position(),
            rail_segments: details.rail_segments().iter().map(segment_json).collect(),
        }
    }
}

impl TryFrom<OhtRow> for OhtDetails {
    type Error = Unreadable;

    fn try_from(row: OhtRow) -> Result<Self, Unreadable> {
        let hoist_status = row
            .hoist_status
            .as_deref()
            .map(str::parse::<HoistStatus>)
            .transpose();
        let segments: Vec<SegmentJson> =
            serde_json::from_value(row.rail_segments).map_err(Unreadable::because)?;
        Self::new(RawOht {
            rail_id: row.rail_id,
            hoist_status: hoist_status.map_err(Unreadable::because)?,
            rail_position: row.rail_position,
            rail_segments: segments.into_iter().map(RawRailSegment::from).collect(),
        })
        .map_err(Unreadable::because)
    }
}

fn segment_json(segment: &RailSegment) -> Value {
    json!({ "segmentId": segment.segment_id().as_str(), "start": segment.start(), "end": segment.end() })
}

impl From<SegmentJson> for RawRailSegment {
    fn from(segment: SegmentJson) -> Self {
        Self {
            segment_id: segment.segment_id,
            start: segment.start,
            end: segment.end,
        }
    }
}

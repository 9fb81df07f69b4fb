use diesel::prelude::*;
use domain::{
    VehicleId,
    vehicle::{AgvDetails, ConfigObject, Label},
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use super::config::config_of;
use crate::{schema::agv_details, vehicles::unreadable::Unreadable};

#[derive(Queryable, Selectable, Insertable, AsChangeset, Serialize, Deserialize)]
#[diesel(table_name = agv_details, primary_key(vehicle_id), treat_none_as_null = true)]
pub(crate) struct AgvRow {
    vehicle_id: Uuid,
    guide_type: String,
    line_following_config: Option<Value>,
    load_type: Option<String>,
    max_load_weight: Option<f64>,
}

impl AgvRow {
    pub(crate) fn of(id: VehicleId, details: &AgvDetails) -> Self {
        Self {
            vehicle_id: *id.as_uuid(),
            guide_type: details.guide_type.to_string(),
            line_following_config: details.line_following_config.as_ref().map(ConfigObject::to_value),
            load_type: details.load_type.as_ref().map(ToString::to_string),
            max_load_weight: details.max_load_weight(),
        }
    }
}

impl TryFrom<AgvRow> for AgvDetails {
    type Error = Unreadable;

    fn try_from(row: AgvRow) -> Result<Self, Unreadable> {
        let guide_type = row.guide_type.parse().map_err(Unreadable::because)?;
        let load_type = row
            .load_type
            .as_deref()
            .map(Label::new)
            .transpose()
            .map_err(Unreadable::because)?;
        let line_following_config = config_of(row.line_following_config)?;
        Self::new(guide_type, line_following_config, load_type, row.max_load_weight)
            .map_err(Unreadable::because)
    }
}

use diesel::prelude::*;
use domain::{
    VehicleId,
    telemetry::MapId,
    vehicle::{AmrDetails, AutonomyLevel, ConfigObject},
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use super::config::config_of;
use crate::{schema::amr_details, vehicles::unreadable::Unreadable};

#[derive(Queryable, Selectable, Insertable, AsChangeset, Serialize, Deserialize)]
#[diesel(table_name = amr_details, primary_key(vehicle_id), treat_none_as_null = true)]
pub(crate) struct AmrRow {
    vehicle_id: Uuid,
    lidar_enabled: bool,
    camera_enabled: bool,
    ultrasonic_enabled: bool,
    autonomy_level: i16,
    map_id: Option<String>,
    obstacle_avoidance_config: Option<Value>,
}

impl AmrRow {
    pub(crate) fn of(id: VehicleId, details: &AmrDetails) -> Self {
        Self {
            vehicle_id: *id.as_uuid(),
            lidar_enabled: details.lidar_enabled,
            camera_enabled: details.camera_enabled,
            ultrasonic_enabled: details.ultrasonic_enabled,
            autonomy_level: details.autonomy_level.get().into(),
            map_id: details.map_id.as_ref().map(ToString::to_string),
            obstacle_avoidance_config: details
                .obstacle_avoidance_config
                .as_ref()
                .map(ConfigObject::to_value),
        }
    }
}

impl TryFrom<AmrRow> for AmrDetails {
    type Error = Unreadable;

    fn try_from(row: AmrRow) -> Result<Self, Unreadable> {
        Ok(Self {
            lidar_enabled: row.lidar_enabled,
            camera_enabled: row.camera_enabled,
            ultrasonic_enabled: row.ultrasonic_enabled,
            autonomy_level: AutonomyLevel::new(row.autonomy_level.into()).map_err(Unreadable::because)?,
            map_id: row
                .map_id
                .as_deref()
                .map(MapId::new)
                .transpose()
                .map_err(Unreadable::because)?,
            obstacle_avoidance_config: config_of(row.obstacle_avoidance_config)?,
        })
    }
}

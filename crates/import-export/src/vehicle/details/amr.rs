//! Fields of the details of an AMR, for reading and writing.

use domain::{
    telemetry::MapId,
    vehicle::{AmrChanges, AmrDetails, AutonomyLevel, ConfigObject},
};
use serde_json::{Map, Value};
use strict_json::{
    Fields, Read,
    fields::{flag, parsed, whole_number},
};

use super::field::{DetailField, Holds, config, detail_fields};

detail_fields! { AmrDetails, AmrChanges {
    required lidar_enabled: bool = "lidarEnabled", Holds::Flag, flag, |amr| Some(amr.lidar_enabled.into());
    required camera_enabled: bool = "cameraEnabled", Holds::Flag, flag, |amr| Some(amr.camera_enabled.into());
    required ultrasonic_enabled: bool = "ultrasonicEnabled", Holds::Flag, flag, |amr| Some(amr.ultrasonic_enabled.into());
    required autonomy_level: AutonomyLevel = "autonomyLevel", Holds::AutonomyLevel, autonomy_level,
        |amr| Some(amr.autonomy_level.get().into());
    optional map_id: MapId = "mapId", Holds::Label { example: "floor-1" }, parsed(MapId::new),
        |amr| amr.map_id.as_ref().map(|id| id.as_str().into());
    optional obstacle_avoidance_config: ConfigObject = "obstacleAvoidanceConfig", Holds::Config, config,
        |amr| amr.obstacle_avoidance_config.as_ref().map(ConfigObject::to_value);
}}

fn autonomy_level(value: Value) -> Read<AutonomyLevel> {
    AutonomyLevel::new(whole_number(value)?).map_err(|fault| fault.to_string())
}

pub(super) fn read(fields: &mut Fields) -> Option<AmrDetails> {
    let (given, _) = given(fields);
    Some(AmrDetails {
        lidar_enabled: given.lidar_enabled?,
        camera_enabled: given.camera_enabled?,
        ultrasonic_enabled: given.ultrasonic_enabled?,
        autonomy_level: given.autonomy_level?,
        map_id: given.map_id?,
        obstacle_avoidance_config: given.obstacle_avoidance_config?,
    })
}

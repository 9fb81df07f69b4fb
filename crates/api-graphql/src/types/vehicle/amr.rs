//! Autonomous mobile robots: their type and inputs.

use domain::{
    Violations,
    telemetry::MapId,
    vehicle::{AmrChanges, AmrDetails, AutonomyLevel},
};
use juniper::{GraphQLInputObject, Nullable};

use super::kinds::*;
use crate::types::nullable::{option, value};

kind_of_vehicle! {
    /// Autonomous mobile robot: plans its own route.
    Amr(AmrDetails) as "AMR" {
        /// Whether the lidar is enabled.
        pub fn lidar_enabled(&self) -> bool {
            self.details.lidar_enabled
        }

        /// Whether the camera is enabled.
        pub fn camera_enabled(&self) -> bool {
            self.details.camera_enabled
        }

        /// Whether the ultrasonic sensors are enabled.
        pub fn ultrasonic_enabled(&self) -> bool {
            self.details.ultrasonic_enabled
        }

        /// Level of autonomy, from 0 (driven manually) to 5 (fully autonomous).
        pub fn autonomy_level(&self) -> i32 {
            i32::from(self.details.autonomy_level.get())
        }

        /// Map that the vehicle drives on.
        pub fn map_id(&self) -> Option<&str> {
            self.details.map_id.as_ref().map(MapId::as_str)
        }

        /// Obstacle-avoidance settings, in the manufacturer's format.
        pub fn obstacle_avoidance_config(&self) -> Option<Json> {
            self.details.obstacle_avoidance_config.as_ref().map(|config| Json(config.to_value()))
        }
    }
}

/// AMR-specific details of a new vehicle.
#[derive(Clone, Debug, GraphQLInputObject)]
#[graphql(scalar = DefaultScalarValue)]
pub struct AmrInput {
    /// Whether the lidar is enabled.
    lidar_enabled: bool,
    /// Whether the camera is enabled.
    camera_enabled: bool,
    /// Whether the ultrasonic sensors are enabled.
    ultrasonic_enabled: bool,
    /// Level of autonomy, from 0 (driven manually) to 5 (fully autonomous).
    autonomy_level: i32,
    /// Map that the vehicle drives on: 1 to 100 characters.
    map_id: Option<String>,
    /// Obstacle-avoidance settings in the manufacturer's format: a JSON object of at most 16 KiB.
    obstacle_avoidance_config: Option<Json>,
}

impl AmrInput {
    pub(crate) fn check(self) -> Result<AmrDetails, Violations> {
        let mut faults = Violations::default();
        let autonomy_level = faults.keep(
            "autonomyLevel",
            AutonomyLevel::new(i64::from(self.autonomy_level)),
        );
        let map_id = faults.keep("mapId", self.map_id.as_deref().map(MapId::new).transpose());
        let config = faults.keep("obstacleAvoidanceConfig", config(self.obstacle_avoidance_config));
        match (autonomy_level, map_id, config) {
            (Some(autonomy_level), Some(map_id), Some(obstacle_avoidance_config)) => Ok(AmrDetails {
                lidar_enabled: self.lidar_enabled,
                camera_enabled: self.camera_enabled,
                ultrasonic_enabled: self.ultrasonic_enabled,
                autonomy_level,
                map_id,
                obstacle_avoidance_config,
            }),
            _ => Err(faults),
        }
    }
}

/// Partial update of the AMR-specific details. Omitted fields keep their values; null clears an optional field.
#[derive(Clone, Debug, GraphQLInputObject)]
#[graphql(scalar = DefaultScalarValue)]
pub struct UpdateAmrInput {
    /// Whether the lidar is enabled; must not be null.
    lidar_enabled: Nullable<bool>,
    /// Whether the camera is enabled; must not be null.
    camera_enabled: Nullable<bool>,
    /// Whether the ultrasonic sensors are enabled; must not be null.
    ultrasonic_enabled: Nullable<bool>,
    /// Level of autonomy, from 0 (driven manually) to 5 (fully autonomous); must not be null.
    autonomy_level: Nullable<i32>,
    /// Map that the vehicle drives on: 1 to 100 characters.
    map_id: Nullable<String>,
    /// Obstacle-avoidance settings in the manufacturer's format: a JSON object of at most 16 KiB.
    obstacle_avoidance_config: Nullable<Json>,
}

impl UpdateAmrInput {
    pub(crate) fn checked(self) -> Result<AmrChanges, Violations> {
        let mut faults = Violations::default();
        let autonomy_level = value(&mut faults, "autonomyLevel", self.autonomy_level)
            .and_then(|level| faults.keep("autonomyLevel", AutonomyLevel::new(i64::from(level))));
        let map_id =
            option(self.map_id).map(|id| faults.keep("mapId", id.as_deref().map(MapId::new).transpose()));
        let config = option(self.obstacle_avoidance_config)
            .map(|json| faults.keep("obstacleAvoidanceConfig", config(json)));
        let changes = AmrChanges {
            lidar_enabled: value(&mut faults, "lidarEnabled", self.lidar_enabled),
            camera_enabled: value(&mut faults, "cameraEnabled", self.camera_enabled),
            ultrasonic_enabled: value(&mut faults, "ultrasonicEnabled", self.ultrasonic_enabled),
            autonomy_level,
            map_id: map_id.flatten(),
            obstacle_avoidance_config: config.flatten(),
        };
        faults.into_result().map(|()| changes)
    }
}

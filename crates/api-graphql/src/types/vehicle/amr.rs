//! Autonomous mobile robots.

use domain::{
    Violations,
    telemetry::MapId,
    vehicle::{AmrChanges, AmrDetails, AutonomyLevel},
};
use juniper::{GraphQLInputObject, Nullable};

use super::kinds::*;
use crate::types::nullable::{option, value};

kind_of_vehicle! {
    /// An autonomous mobile robot: finds its own way.
    Amr(AmrDetails) as "AMR" {
        /// Whether it scans with a lidar.
        pub fn lidar_enabled(&self) -> bool {
            self.details.lidar_enabled
        }

        /// Whether it sees with a camera.
        pub fn camera_enabled(&self) -> bool {
            self.details.camera_enabled
        }

        /// Whether it listens with ultrasonic sensors.
        pub fn ultrasonic_enabled(&self) -> bool {
            self.details.ultrasonic_enabled
        }

        /// How far it finds its way without people: 0 (driven by people) to 5 (needs nobody).
        pub fn autonomy_level(&self) -> i32 {
            i32::from(self.details.autonomy_level.get())
        }

        /// The map that it drives on.
        pub fn map_id(&self) -> Option<&str> {
            self.details.map_id.as_ref().map(MapId::as_str)
        }

        /// Settings of its obstacle avoidance, as its maker defines them.
        pub fn obstacle_avoidance_config(&self) -> Option<Json> {
            self.details.obstacle_avoidance_config.as_ref().map(|config| Json(config.to_value()))
        }
    }
}

/// What only an autonomous mobile robot has.
#[derive(Clone, Debug, GraphQLInputObject)]
#[graphql(scalar = DefaultScalarValue)]
pub struct AmrInput {
    /// Whether it scans with a lidar.
    lidar_enabled: bool,
    /// Whether it sees with a camera.
    camera_enabled: bool,
    /// Whether it listens with ultrasonic sensors.
    ultrasonic_enabled: bool,
    /// How far it finds its way without people: 0 (driven by people) to 5 (needs nobody).
    autonomy_level: i32,
    /// The map that it drives on.
    map_id: Option<String>,
    /// Settings of its obstacle avoidance: a JSON object of at most 16 KiB.
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

/// What is to be changed of what only an autonomous mobile robot has.
#[derive(Clone, Debug, GraphQLInputObject)]
#[graphql(scalar = DefaultScalarValue)]
pub struct UpdateAmrInput {
    /// Whether it scans with a lidar; not null.
    lidar_enabled: Nullable<bool>,
    /// Whether it sees with a camera; not null.
    camera_enabled: Nullable<bool>,
    /// Whether it listens with ultrasonic sensors; not null.
    ultrasonic_enabled: Nullable<bool>,
    /// How far it finds its way without people: 0 (driven by people) to 5 (needs nobody); not null.
    autonomy_level: Nullable<i32>,
    /// The map that it drives on.
    map_id: Nullable<String>,
    /// Settings of its obstacle avoidance: a JSON object of at most 16 KiB.
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

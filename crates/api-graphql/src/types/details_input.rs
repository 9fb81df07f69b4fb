//! What only one kind of vehicle has, as clients send it for a new vehicle.

use domain::{
    Violations,
    telemetry::MapId,
    vehicle::{
        AgvDetails, AmrDetails, AutonomyLevel, ConfigObject, InvalidConfigObject, Label, RawForklift, RawOht,
        RawRailSegment,
    },
};
use juniper::{DefaultScalarValue, GraphQLInputObject};

use super::{GuideType, HoistStatus};
use crate::json_scalar::Json;

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

/// What only an automated guided vehicle has.
#[derive(Clone, Debug, GraphQLInputObject)]
#[graphql(scalar = DefaultScalarValue)]
pub struct AgvInput {
    /// What it follows.
    guide_type: GuideType,
    /// Settings of its line following: a JSON object of at most 16 KiB.
    line_following_config: Option<Json>,
    /// What it carries, such as "pallet".
    load_type: Option<String>,
    /// The heaviest load in kg, at least 0.
    max_load_weight: Option<f64>,
}

/// What only an overhead hoist transport has.
#[derive(Clone, Debug, GraphQLInputObject)]
pub struct OhtInput {
    /// The rail's name.
    rail_id: String,
    /// Where the hoist is.
    hoist_status: Option<HoistStatus>,
    /// Where the vehicle is on its rail, in metres; in one of the segments when there are any.
    rail_position: Option<f64>,
    /// The stretches of the rail.
    rail_segments: Option<Vec<RailSegmentInput>>,
}

/// A stretch of rail, in metres from the rail's origin.
#[derive(Clone, Debug, GraphQLInputObject)]
pub struct RailSegmentInput {
    /// The segment's name, its own on its rail.
    segment_id: String,
    /// Where it begins.
    start: f64,
    /// Where it ends, after its start.
    end: f64,
}

/// What only a forklift has.
#[derive(Clone, Debug, GraphQLInputObject)]
pub struct ForkliftInput {
    /// Height of the lowered mast in metres, above 0.
    mast_height: Option<f64>,
    /// How high the fork goes, in metres, at least 0.
    lift_height: Option<f64>,
    /// Length of the fork in metres, above 0.
    fork_length: Option<f64>,
    /// The heaviest load in kg, at least 0.
    load_capacity: Option<f64>,
}

/// Settings, when there are any.
pub(super) fn config(json: Option<Json>) -> Result<Option<ConfigObject>, InvalidConfigObject> {
    json.map(|Json(value)| ConfigObject::new(value)).transpose()
}

impl AmrInput {
    pub(super) fn check(self) -> Result<AmrDetails, Violations> {
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

impl AgvInput {
    pub(super) fn check(self) -> Result<AgvDetails, Violations> {
        let mut faults = Violations::default();
        let config = faults.keep("lineFollowingConfig", config(self.line_following_config));
        let load_type = faults.keep("loadType", self.load_type.as_deref().map(Label::new).transpose());
        let details = AgvDetails::new(
            self.guide_type.into(),
            config.flatten(),
            load_type.flatten(),
            self.max_load_weight,
        );
        match faults.keep("maxLoadWeight", details) {
            Some(details) if faults.is_empty() => Ok(details),
            _ => Err(faults),
        }
    }
}

impl From<OhtInput> for RawOht {
    fn from(oht: OhtInput) -> Self {
        let segments = oht.rail_segments.unwrap_or_default();
        Self {
            rail_id: oht.rail_id,
            hoist_status: oht.hoist_status.map(Into::into),
            rail_position: oht.rail_position,
            rail_segments: segments.into_iter().map(Into::into).collect(),
        }
    }
}

impl From<RailSegmentInput> for RawRailSegment {
    fn from(segment: RailSegmentInput) -> Self {
        let RailSegmentInput {
            segment_id,
            start,
            end,
        } = segment;
        Self {
            segment_id,
            start,
            end,
        }
    }
}

impl From<ForkliftInput> for RawForklift {
    fn from(forklift: ForkliftInput) -> Self {
        let ForkliftInput {
            mast_height,
            lift_height,
            fork_length,
            load_capacity,
        } = forklift;
        Self {
            mast_height,
            lift_height,
            fork_length,
            load_capacity,
        }
    }
}

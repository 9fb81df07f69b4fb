//! What is to be changed of what only one kind of vehicle has.
//!
//! In all of these a field that is left out stays as it is, and null takes the value of one that may be empty away.

use domain::{
    Violations,
    telemetry::MapId,
    vehicle::{AgvChanges, AmrChanges, AutonomyLevel, ForkliftChanges, Label, OhtChanges},
};
use juniper::{DefaultScalarValue, GraphQLInputObject, Nullable};

use super::{
    GuideType, HoistStatus,
    details_input::{RailSegmentInput, config},
    nullable::{option, value},
};
use crate::json_scalar::Json;

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

/// What is to be changed of what only an automated guided vehicle has.
#[derive(Clone, Debug, GraphQLInputObject)]
#[graphql(scalar = DefaultScalarValue)]
pub struct UpdateAgvInput {
    /// What it follows; not null.
    guide_type: Nullable<GuideType>,
    /// Settings of its line following: a JSON object of at most 16 KiB.
    line_following_config: Nullable<Json>,
    /// What it carries, such as "pallet".
    load_type: Nullable<String>,
    /// The heaviest load in kg, at least 0.
    max_load_weight: Nullable<f64>,
}

/// What is to be changed of what only an overhead hoist transport has.
#[derive(Clone, Debug, GraphQLInputObject)]
pub struct UpdateOhtInput {
    /// The rail's name; not null.
    rail_id: Nullable<String>,
    /// Where the hoist is.
    hoist_status: Nullable<HoistStatus>,
    /// Where the vehicle is on its rail, in metres; in one of the segments when there are any.
    rail_position: Nullable<f64>,
    /// All stretches of the rail; null for none.
    rail_segments: Nullable<Vec<RailSegmentInput>>,
}

/// What is to be changed of what only a forklift has.
#[derive(Clone, Debug, GraphQLInputObject)]
pub struct UpdateForkliftInput {
    /// Height of the lowered mast in metres, above 0.
    mast_height: Nullable<f64>,
    /// How high the fork goes, in metres, at least 0.
    lift_height: Nullable<f64>,
    /// Length of the fork in metres, above 0.
    fork_length: Nullable<f64>,
    /// The heaviest load in kg, at least 0.
    load_capacity: Nullable<f64>,
}

impl UpdateAmrInput {
    pub(super) fn checked(self) -> Result<AmrChanges, Violations> {
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

impl UpdateAgvInput {
    pub(super) fn checked(self) -> Result<AgvChanges, Violations> {
        let mut faults = Violations::default();
        let config =
            option(self.line_following_config).map(|json| faults.keep("lineFollowingConfig", config(json)));
        let load_type = option(self.load_type)
            .map(|load| faults.keep("loadType", load.as_deref().map(Label::new).transpose()));
        let changes = AgvChanges {
            guide_type: value(&mut faults, "guideType", self.guide_type).map(Into::into),
            line_following_config: config.flatten(),
            load_type: load_type.flatten(),
            max_load_weight: option(self.max_load_weight),
        };
        faults.into_result().map(|()| changes)
    }
}

impl UpdateOhtInput {
    pub(super) fn checked(self) -> Result<OhtChanges, Violations> {
        let mut faults = Violations::default();
        let rail_id = value(&mut faults, "railId", self.rail_id)
            .and_then(|rail| faults.keep("railId", Label::new(&rail)));
        let segments = |segments: Option<Vec<RailSegmentInput>>| {
            segments.unwrap_or_default().into_iter().map(Into::into).collect()
        };
        let changes = OhtChanges {
            rail_id,
            hoist_status: option(self.hoist_status).map(|status| status.map(Into::into)),
            rail_position: option(self.rail_position),
            rail_segments: option(self.rail_segments).map(segments),
        };
        faults.into_result().map(|()| changes)
    }
}

impl From<UpdateForkliftInput> for ForkliftChanges {
    fn from(input: UpdateForkliftInput) -> Self {
        Self {
            mast_height: option(input.mast_height),
            lift_height: option(input.lift_height),
            fork_length: option(input.fork_length),
            load_capacity: option(input.load_capacity),
        }
    }
}

//! A vehicle to register, as clients send it.

use domain::{
    Violations,
    telemetry::MapId,
    vehicle::{
        AgvDetails, AmrDetails, AutonomyLevel, ConfigObject, ForkliftDetails, InvalidConfigObject, Label,
        OhtDetails, RawDraft, RawForklift, RawOht, RawRailSegment, VehicleDetails,
    },
};
use juniper::{DefaultScalarValue, GraphQLInputObject};

use super::{GuideType, HoistStatus, Json, VehicleType};

/// A vehicle to register: what all have, and exactly one of `amr`, `agv`, `oht` and `forklift`, as `type` says.
#[derive(Clone, Debug, GraphQLInputObject)]
#[graphql(scalar = DefaultScalarValue)]
pub struct CreateVehicleInput {
    /// What people call it: 1 to 100 characters, unique in its organisation.
    name: String,
    /// Its kind.
    r#type: VehicleType,
    /// Who built it: 1 to 100 characters.
    manufacturer: String,
    /// The manufacturer's name of this kind of machine: 1 to 100 characters.
    model: Option<String>,
    /// What it is able to do.
    specification: VehicleSpecificationInput,
    /// What only an AMR has.
    amr: Option<AmrInput>,
    /// What only an AGV has.
    agv: Option<AgvInput>,
    /// What only an OHT has.
    oht: Option<OhtInput>,
    /// What only a forklift has; `{}` will do.
    forklift: Option<ForkliftInput>,
}

/// What a vehicle is able to do, by its data sheet.
#[derive(Clone, Debug, GraphQLInputObject)]
pub struct VehicleSpecificationInput {
    /// The highest speed in m/s, above 0.
    max_speed: f64,
    /// The heaviest load in kg, at least 0.
    max_load: f64,
    /// The battery's energy in Wh, above 0.
    battery_capacity: f64,
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

impl From<CreateVehicleInput> for RawDraft {
    fn from(input: CreateVehicleInput) -> Self {
        let CreateVehicleInput {
            name,
            r#type,
            manufacturer,
            model,
            specification,
            amr,
            agv,
            oht,
            forklift,
        } = input;
        let given = [
            amr.map(|amr| ("amr", VehicleType::Amr, amr.check().map(VehicleDetails::Amr))),
            agv.map(|agv| ("agv", VehicleType::Agv, agv.check().map(VehicleDetails::Agv))),
            oht.map(|oht| {
                (
                    "oht",
                    VehicleType::Oht,
                    OhtDetails::new(oht.into()).map(VehicleDetails::Oht),
                )
            }),
            forklift.map(|forklift| {
                let details = ForkliftDetails::new(forklift.into()).map(VehicleDetails::Forklift);
                ("forklift", VehicleType::Forklift, details)
            }),
        ];
        let VehicleSpecificationInput {
            max_speed,
            max_load,
            battery_capacity,
        } = specification;
        Self {
            name,
            manufacturer,
            model,
            specification: (max_speed, max_load, battery_capacity),
            details: the_one_of(r#type, given),
        }
    }
}

/// The details of a kind, under the name that they were sent by.
type Given = (&'static str, VehicleType, Result<VehicleDetails, Violations>);

/// The details that the kind asks for, when they are there and no others are.
fn the_one_of(
    kind: VehicleType,
    given: impl IntoIterator<Item = Option<Given>>,
) -> Result<VehicleDetails, Violations> {
    let (mut faults, mut details) = (Violations::default(), None);
    let mut is_there = false;
    for (field, of_kind, checked) in given.into_iter().flatten() {
        let checked = faults.nest(field, checked);
        if of_kind == kind {
            (details, is_there) = (checked, true);
        } else {
            faults.add(field, "must be left out for a vehicle of another type");
        }
    }
    if !is_there {
        faults.add(field_of(kind), "must be given for a vehicle of this type");
    }
    match details {
        Some(details) if faults.is_empty() => Ok(details),
        _ => Err(faults),
    }
}

const fn field_of(kind: VehicleType) -> &'static str {
    match kind {
        VehicleType::Amr => "amr",
        VehicleType::Agv => "agv",
        VehicleType::Oht => "oht",
        VehicleType::Forklift => "forklift",
    }
}

fn config(json: Option<Json>) -> Result<Option<ConfigObject>, InvalidConfigObject> {
    json.map(|Json(value)| ConfigObject::new(value)).transpose()
}

impl AmrInput {
    fn check(self) -> Result<AmrDetails, Violations> {
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
    fn check(self) -> Result<AgvDetails, Violations> {
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
        let segment = |RailSegmentInput {
                           segment_id,
                           start,
                           end,
                       }| RawRailSegment {
            segment_id,
            start,
            end,
        };
        Self {
            rail_id: oht.rail_id,
            hoist_status: oht.hoist_status.map(Into::into),
            rail_position: oht.rail_position,
            rail_segments: oht
                .rail_segments
                .unwrap_or_default()
                .into_iter()
                .map(segment)
                .collect(),
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

//! What only one kind of vehicle has.

use domain::{
    telemetry::MapId,
    vehicle::{
        AgvChanges, AgvDetails, AmrChanges, AmrDetails, AutonomyLevel, ConfigObject, DetailsChanges,
        ForkliftChanges, ForkliftDetails, GuideType, HoistStatus, Label, OhtChanges, OhtDetails, RawForklift,
        RawOht, RawRailSegment, VehicleDetails, VehicleType,
    },
};
use serde_json::Value;

use crate::fields::{Fields, Read, flag, number, parsed, text, whole_number};

/// Details as a JSON object; what is not known is left out.
pub(super) fn write(details: &VehicleDetails) -> Value {
    Value::Object(application::ports::vehicle_details(details))
}

/// The details of a new vehicle; `None` when anything is wrong with them, which the fields know then.
pub(super) fn read(kind: VehicleType, fields: &mut Fields) -> Option<VehicleDetails> {
    match kind {
        VehicleType::Amr => read_amr(fields).map(VehicleDetails::Amr),
        VehicleType::Agv => read_agv(fields).map(VehicleDetails::Agv),
        VehicleType::Oht => read_oht(fields).map(VehicleDetails::Oht),
        VehicleType::Forklift => read_forklift(fields).map(VehicleDetails::Forklift),
        _ => None,
    }
}

/// Changes of the details of a vehicle of a kind. What is wrong with them, the fields know.
pub(super) fn changes(kind: VehicleType, fields: &mut Fields) -> Option<DetailsChanges> {
    match kind {
        VehicleType::Amr => Some(DetailsChanges::Amr(amr_changes(fields))),
        VehicleType::Agv => Some(DetailsChanges::Agv(agv_changes(fields))),
        VehicleType::Oht => Some(DetailsChanges::Oht(oht_changes(fields))),
        VehicleType::Forklift => Some(DetailsChanges::Forklift(forklift_changes(fields))),
        _ => None,
    }
}

fn config(value: Value) -> Read<ConfigObject> {
    ConfigObject::new(value).map_err(|fault| fault.to_string())
}

fn autonomy_level(value: Value) -> Read<AutonomyLevel> {
    AutonomyLevel::new(whole_number(value)?).map_err(|fault| fault.to_string())
}

fn read_amr(fields: &mut Fields) -> Option<AmrDetails> {
    let lidar_enabled = fields.required("lidarEnabled", flag);
    let camera_enabled = fields.required("cameraEnabled", flag);
    let ultrasonic_enabled = fields.required("ultrasonicEnabled", flag);
    let autonomy_level = fields.required("autonomyLevel", autonomy_level);
    let map_id = fields.optional("mapId", parsed(MapId::new));
    let obstacle_avoidance_config = fields.optional("obstacleAvoidanceConfig", config);
    Some(AmrDetails {
        lidar_enabled: lidar_enabled?,
        camera_enabled: camera_enabled?,
        ultrasonic_enabled: ultrasonic_enabled?,
        autonomy_level: autonomy_level?,
        map_id: map_id?,
        obstacle_avoidance_config: obstacle_avoidance_config?,
    })
}

fn amr_changes(fields: &mut Fields) -> AmrChanges {
    AmrChanges {
        lidar_enabled: fields.change("lidarEnabled", flag),
        camera_enabled: fields.change("cameraEnabled", flag),
        ultrasonic_enabled: fields.change("ultrasonicEnabled", flag),
        autonomy_level: fields.change("autonomyLevel", autonomy_level),
        map_id: fields.clearable("mapId", parsed(MapId::new)),
        obstacle_avoidance_config: fields.clearable("obstacleAvoidanceConfig", config),
    }
}

fn read_agv(fields: &mut Fields) -> Option<AgvDetails> {
    let guide_type = fields.required("guideType", parsed(str::parse::<GuideType>));
    let config = fields.optional("lineFollowingConfig", config);
    let load_type = fields.optional("loadType", parsed(Label::new));
    let weight = fields.optional("maxLoadWeight", number);
    // The weight is judged whatever the rest is like.
    let details = AgvDetails::new(
        guide_type.unwrap_or(GuideType::Magnetic),
        config.clone().flatten(),
        load_type.clone().flatten(),
        weight.flatten(),
    );
    let details = match details {
        Ok(details) => details,
        Err(fault) => return fields.fault("maxLoadWeight", fault),
    };
    let is_whole = guide_type.is_some() && config.is_some() && load_type.is_some() && weight.is_some();
    is_whole.then_some(details)
}

fn agv_changes(fields: &mut Fields) -> AgvChanges {
    AgvChanges {
        guide_type: fields.change("guideType", parsed(str::parse::<GuideType>)),
        line_following_config: fields.clearable("lineFollowingConfig", config),
        load_type: fields.clearable("loadType", parsed(Label::new)),
        max_load_weight: fields.clearable("maxLoadWeight", number),
    }
}

/// The unchecked parts of a stretch of rail; they are checked together with the others.
fn segment(fields: &mut Fields) -> Option<RawRailSegment> {
    let segment_id = fields.required("segmentId", text);
    let start = fields.required("start", number);
    let end = fields.required("end", number);
    Some(RawRailSegment {
        segment_id: segment_id?,
        start: start?,
        end: end?,
    })
}

fn read_oht(fields: &mut Fields) -> Option<OhtDetails> {
    let rail_id = fields.required("railId", parsed(Label::new));
    let hoist_status = fields.optional("hoistStatus", parsed(str::parse::<HoistStatus>));
    let rail_position = fields.optional("railPosition", number);
    let rail_segments = fields.objects("railSegments", segment);
    // The rail's geometry is judged whatever its name is like.
    const ANY: &str = "any";
    let geometry = RawOht {
        rail_id: rail_id.as_ref().map_or(ANY, Label::as_str).to_owned(),
        hoist_status: hoist_status.flatten(),
        rail_position: rail_position.flatten().filter(|_| rail_segments.is_some()),
        rail_segments: rail_segments.clone().flatten().unwrap_or_default(),
    };
    let details = fields.join(OhtDetails::new(geometry))?;
    let is_whole =
        rail_id.is_some() && hoist_status.is_some() && rail_position.is_some() && rail_segments.is_some();
    is_whole.then_some(details)
}

fn oht_changes(fields: &mut Fields) -> OhtChanges {
    OhtChanges {
        rail_id: fields.change("railId", parsed(Label::new)),
        hoist_status: fields.clearable("hoistStatus", parsed(str::parse::<HoistStatus>)),
        rail_position: fields.clearable("railPosition", number),
        rail_segments: rail_segments_change(fields),
    }
}

/// Null takes all segments away.
fn rail_segments_change(fields: &mut Fields) -> Option<Vec<RawRailSegment>> {
    if fields.has("railSegments") {
        fields
            .objects("railSegments", segment)?
            .or_else(|| Some(Vec::new()))
    } else {
        None
    }
}

fn read_forklift(fields: &mut Fields) -> Option<ForkliftDetails> {
    let mast_height = fields.optional("mastHeight", number);
    let lift_height = fields.optional("liftHeight", number);
    let fork_length = fields.optional("forkLength", number);
    let load_capacity = fields.optional("loadCapacity", number);
    let details = fields.join(ForkliftDetails::new(RawForklift {
        mast_height: mast_height.flatten(),
        lift_height: lift_height.flatten(),
        fork_length: fork_length.flatten(),
        load_capacity: load_capacity.flatten(),
    }))?;
    let is_whole =
        mast_height.is_some() && lift_height.is_some() && fork_length.is_some() && load_capacity.is_some();
    is_whole.then_some(details)
}

fn forklift_changes(fields: &mut Fields) -> ForkliftChanges {
    ForkliftChanges {
        mast_height: fields.clearable("mastHeight", number),
        lift_height: fields.clearable("liftHeight", number),
        fork_length: fields.clearable("forkLength", number),
        load_capacity: fields.clearable("loadCapacity", number),
    }
}

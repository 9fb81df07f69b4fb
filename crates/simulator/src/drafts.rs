//! Drafts of the simulated vehicles, for the registry.

use domain::{
    telemetry::MapId,
    vehicle::{
        AgvDetails, AmrDetails, AutonomyLevel, ConfigObject, ForkliftDetails, GuideType, HoistStatus, Label,
        OhtDetails, RawDraft, RawForklift, RawOht, RawRailSegment, VehicleDetails, VehicleDraft, VehicleType,
    },
};
use serde_json::json;

use crate::{data_sheets::DataSheet, layout::Line};

/// Hall and line of a vehicle.
pub(crate) struct Post<'a> {
    pub hall: &'a MapId,
    /// Guide line or rail of the vehicle, and its place on it in metres.
    pub line: Option<(&'a Line, f64)>,
}

/// Message of `expect`. The figures are constants of this crate, and a test drafts every model.
const SOUND: &str = "the simulated values satisfy the rules of the registry";

/// Returns a draft of the `number`th vehicle of its kind, counted from 1.
pub(crate) fn draft(sheet: &DataSheet, number: usize, post: &Post<'_>) -> VehicleDraft {
    let raw = RawDraft {
        name: format!("Simulated {} {number:03}", sheet.kind),
        manufacturer: sheet.manufacturer.to_owned(),
        model: Some(sheet.model.to_owned()),
        specification: (sheet.max_speed, sheet.max_load, sheet.battery_capacity),
        details: Ok(match sheet.kind {
            VehicleType::Agv => VehicleDetails::Agv(agv(sheet, number)),
            VehicleType::Oht => VehicleDetails::Oht(oht(post)),
            VehicleType::Forklift => VehicleDetails::Forklift(forklift(sheet)),
            _ => VehicleDetails::Amr(amr(number, post)),
        }),
    };
    VehicleDraft::check(raw).expect(SOUND)
}

fn amr(number: usize, post: &Post<'_>) -> AmrDetails {
    let avoidance = json!({"stopDistanceM": 1.5, "patienceS": 3, "drivesAround": true});
    AmrDetails {
        lidar_enabled: true,
        camera_enabled: !number.is_multiple_of(3),
        ultrasonic_enabled: number.is_multiple_of(2),
        map_id: Some(post.hall.clone()),
        obstacle_avoidance_config: Some(ConfigObject::new(avoidance).expect(SOUND)),
        ..AmrDetails::of_level(AutonomyLevel::new(4).expect(SOUND))
    }
}

fn agv(sheet: &DataSheet, number: usize) -> AgvDetails {
    let guide = GuideType::ALL[number % GuideType::ALL.len()];
    let following = ConfigObject::new(json!({"maxDeviationMm": 10})).expect(SOUND);
    let load_type = Label::new("trolley").expect(SOUND);
    AgvDetails::new(guide, Some(following), Some(load_type), Some(sheet.max_load)).expect(SOUND)
}

fn oht(post: &Post<'_>) -> OhtDetails {
    let (line, at) = post.line.expect("an OHT has a rail");
    let halfway = line.track.length() / 2.0;
    let segment = |name: &str, start, end| RawRailSegment {
        segment_id: name.into(),
        start,
        end,
    };
    OhtDetails::new(RawOht {
        rail_id: format!("{} {}", post.hall, line.name),
        hoist_status: Some(HoistStatus::Up),
        rail_position: Some(at),
        rail_segments: vec![
            segment("south", 0.0, halfway),
            segment("north", halfway, line.track.length()),
        ],
    })
    .expect(SOUND)
}

fn forklift(sheet: &DataSheet) -> ForkliftDetails {
    ForkliftDetails::new(RawForklift {
        mast_height: Some(3.2),
        lift_height: Some(9.5),
        fork_length: Some(1.2),
        load_capacity: Some(sheet.max_load),
    })
    .expect(SOUND)
}

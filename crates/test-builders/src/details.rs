//! Builders of details of each vehicle type, and of changes to them.

use domain::{
    telemetry::MapId,
    vehicle::{
        AgvChanges, AgvDetails, AmrChanges, AmrDetails, AutonomyLevel, ConfigObject, DetailsChanges,
        ForkliftChanges, ForkliftDetails, GuideType, HoistStatus, Label, OhtChanges, OhtDetails, RawForklift,
        RawOht, RawRailSegment, VehicleDetails, VehicleType,
    },
};
use serde_json::json;

/// Returns details for a vehicle type, with only the required fields set.
///
/// # Panics
/// Panics if the type is not among those listed here.
#[must_use]
pub fn bare_details(kind: VehicleType) -> VehicleDetails {
    match kind {
        VehicleType::Amr => VehicleDetails::Amr(AmrDetails {
            lidar_enabled: true,
            ..AmrDetails::of_level(AutonomyLevel::new(3).expect("a level"))
        }),
        VehicleType::Agv => VehicleDetails::Agv(
            AgvDetails::new(GuideType::Magnetic, None, None, None).expect("nothing is wrong"),
        ),
        VehicleType::Oht => {
            let raw = RawOht {
                rail_id: "bay 1".to_owned(),
                ..RawOht::default()
            };
            VehicleDetails::Oht(OhtDetails::new(raw).expect("nothing is wrong"))
        }
        VehicleType::Forklift => VehicleDetails::Forklift(ForkliftDetails::default()),
        other => panic!("no details for type {other}"),
    }
}

/// Returns details for a vehicle type, with all fields set to values that files and stores could corrupt.
///
/// # Panics
/// Panics if the type is not among those listed here.
#[must_use]
pub fn full_details(kind: VehicleType) -> VehicleDetails {
    let label = |text| Some(Label::new(text).expect("a label"));
    match kind {
        VehicleType::Amr => VehicleDetails::Amr(AmrDetails {
            lidar_enabled: false,
            camera_enabled: true,
            ultrasonic_enabled: true,
            autonomy_level: AutonomyLevel::new(5).expect("a level"),
            map_id: Some(MapId::new("floor \"1\", east").expect("a map")),
            obstacle_avoidance_config: Some(config()),
        }),
        VehicleType::Agv => {
            let details = AgvDetails::new(
                GuideType::Vision,
                Some(config()),
                label("pallet; stacked"),
                Some(750.25),
            );
            VehicleDetails::Agv(details.expect("nothing is wrong"))
        }
        VehicleType::Oht => VehicleDetails::Oht(
            OhtDetails::new(RawOht {
                rail_id: "bay, 2".to_owned(),
                hoist_status: Some(HoistStatus::Moving),
                rail_position: Some(0.1 + 0.2),
                rail_segments: vec![
                    RawRailSegment {
                        segment_id: "a".to_owned(),
                        start: -1.5,
                        end: 0.1 + 0.2,
                    },
                    RawRailSegment {
                        segment_id: "b;c".to_owned(),
                        start: 1e18,
                        end: f64::MAX,
                    },
                ],
            })
            .expect("nothing is wrong"),
        ),
        VehicleType::Forklift => VehicleDetails::Forklift(
            ForkliftDetails::new(RawForklift {
                mast_height: Some(f64::MIN_POSITIVE),
                lift_height: Some(0.0),
                fork_length: Some(1.2),
                load_capacity: Some(1600.0),
            })
            .expect("nothing is wrong"),
        ),
        other => panic!("no details for type {other}"),
    }
}

/// Returns an object with content that a store could corrupt: extreme numbers, nesting, key order, quotes, symbols.
fn config() -> ConfigObject {
    let value = json!({
        "z": {"deep": [1, -2.5, 1e18, 1e300, 5e-324, null, true]},
        "a": "O'Reilly \"☃\" 🤖 \\ \n; DROP TABLE vehicles; --",
        "": {},
    });
    ConfigObject::new(value).expect("settings")
}

/// Returns the changes that turn any vehicle of the same type into one with these details.
#[must_use]
pub fn changes_to(details: VehicleDetails) -> DetailsChanges {
    match details {
        VehicleDetails::Amr(amr) => DetailsChanges::Amr(AmrChanges {
            lidar_enabled: Some(amr.lidar_enabled),
            camera_enabled: Some(amr.camera_enabled),
            ultrasonic_enabled: Some(amr.ultrasonic_enabled),
            autonomy_level: Some(amr.autonomy_level),
            map_id: Some(amr.map_id),
            obstacle_avoidance_config: Some(amr.obstacle_avoidance_config),
        }),
        VehicleDetails::Agv(agv) => DetailsChanges::Agv(AgvChanges {
            guide_type: Some(agv.guide_type),
            max_load_weight: Some(agv.max_load_weight()),
            line_following_config: Some(agv.line_following_config),
            load_type: Some(agv.load_type),
        }),
        VehicleDetails::Oht(oht) => DetailsChanges::Oht(OhtChanges {
            rail_id: Some(oht.rail_id().clone()),
            hoist_status: Some(oht.hoist_status()),
            rail_position: Some(oht.rail_position()),
            rail_segments: Some(oht.rail_segments().iter().map(RawRailSegment::from).collect()),
        }),
        VehicleDetails::Forklift(forklift) => DetailsChanges::Forklift(ForkliftChanges {
            mast_height: Some(forklift.mast_height()),
            lift_height: Some(forklift.lift_height()),
            fork_length: Some(forklift.fork_length()),
            load_capacity: Some(forklift.load_capacity()),
        }),
    }
}

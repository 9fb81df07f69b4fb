//! Tests of plain positions.

use application::telemetry::OptionalField;
use domain::telemetry::{FrameId, MapId, Rotation};
use rstest::rstest;

use super::*;

#[test]
fn a_plain_position_is_decoded() {
    let json = r#"{"vehicleId":"0190a5f2-7c1e-7d54-9a3b-2f6c8e1d4b70","x":1.0,"y":2.0,"z":0.0,"qx":0,"qy":0,"qz":0.1,
        "qw":0.995,"timestamp":1732333333123,"frame_id":"map","map_id":"floor-1","colour":{"unknown":[1,"x"]},
        "traceparent":"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"}"#;
    let expected = Report {
        vehicle_id: ID.parse().expect("an id"),
        content: Content::Position {
            position: VehiclePosition {
                x: 1.0,
                y: 2.0,
                z: 0.0,
                rotation: Rotation::from_quaternion(0.0, 0.0, 0.1, 0.995).expect("a rotation"),
                timestamp: at(1_732_333_333_123),
                frame_id: Some(FrameId::new("map").expect("a name")),
                map_id: Some(MapId::new("floor-1").expect("a name")),
            },
            speed: None,
        },
        trace_parent: Some(
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
                .parse()
                .expect("a trace"),
        ),
    };
    assert_eq!(understood(Channel::Position, json), expected);
}

#[rstest]
#[case::quaternion(r#""qx":0,"qy":0,"qz":0,"qw":1"#, 0.0)]
#[case::quaternion_before_all_else(
    r#""qx":0,"qy":0,"qz":1,"qw":0,"roll":0,"pitch":0,"yaw":1,"heading":7"#,
    180.0
)]
#[case::angles(r#""roll":0,"pitch":0,"yaw":1.5707963267948966"#, 90.0)]
#[case::angles_before_the_heading(r#""roll":0,"pitch":0,"yaw":1.5707963267948966,"heading":7"#, 90.0)]
#[case::level_ground(r#""yaw":-1.5707963267948966"#, 270.0)]
#[case::heading(r#""heading":12.5"#, 12.5)]
#[case::heading_after_nulls(r#""qx":null,"qy":null,"qz":null,"qw":null,"yaw":null,"heading":-90"#, 270.0)]
#[case::heading_after_what_is_half_known(r#""qx":0,"qy":0,"qz":NaN,"qw":1,"heading":90"#, 90.0)]
#[case::angles_after_what_is_half_known(r#""qx":0,"qy":0,"qz":NaN,"qw":1,"yaw":0,"heading":90"#, 0.0)]
#[case::unknown_roll(r#""roll":NaN,"pitch":-Infinity,"yaw":0"#, 0.0)]
fn an_orientation_may_be_given_in_three_ways(#[case] fields: &str, #[case] degrees: f64) {
    let json = format!(r#"{{"vehicleId":"{ID}","x":1,"y":2,"z":3,"timestamp":5,{fields}}}"#);
    assert_eq!(understood_position(&json).heading(), degrees);
}

#[rstest]
#[case::a_text_in_the_quaternion(r#""qx":"a","qy":0,"qz":0,"qw":1,"heading":45"#, 45.0, &["qx"])]
#[case::only_a_broken_part(r#""qw":{},"heading":45"#, 45.0, &["qw"])]
#[case::half_a_quaternion(r#""qx":0,"qy":0,"qz":1,"heading":45"#, 45.0, &[])]
#[case::a_quaternion_beside_angles(r#""qx":[],"qy":true,"qz":1e999,"qw":1,"yaw":0,"heading":45"#, 0.0, &["qx", "qy", "qz"])]
#[case::no_yaw(r#""roll":0,"heading":5"#, 5.0, &[])]
#[case::a_broken_yaw(r#""yaw":"north","heading":5"#, 5.0, &["yaw"])]
#[case::all_but_the_heading(r#""qx":"a","roll":1,"pitch":2,"yaw":"b","heading":5"#, 5.0, &["qx", "yaw"])]
#[case::a_broken_heading_beside_a_quaternion(r#""qx":0,"qy":0,"qz":1,"qw":0,"heading":"a""#, 180.0, &[])]
fn an_incomplete_orientation_is_skipped_if_another_is_complete(
    #[case] fields: &str,
    #[case] degrees: f64,
    #[case] dropped: &[&str],
) {
    let json = format!(r#"{{"vehicleId":"{ID}","x":1,"y":2,"z":3,"timestamp":5,{fields}}}"#);
    assert!((understood_position(&json).heading() - degrees).abs() < 1e-9);
    let [item] = &items(Channel::Position, json.as_bytes())[..] else {
        panic!("one item")
    };
    let found: Vec<_> = item.dropped.iter().map(OptionalField::as_str).collect();
    assert_eq!(found, dropped);
}

#[rstest]
#[case::the_first_one_is_named(r#""qx":"a","yaw":"b","heading":"c""#, "qx must be a number, not a string")]
#[case(r#""roll":0,"heading":"c""#, "yaw is missing")]
fn without_a_complete_orientation_the_first_fault_is_reported(#[case] fields: &str, #[case] fault: &str) {
    let json = format!(r#"{{"vehicleId":"{ID}","x":1,"y":2,"z":3,"timestamp":5,{fields}}}"#);
    check_rejected(Channel::Position, &json, Reason::InvalidField, fault);
}

#[rstest]
#[case(0.9)]
#[case(1.1)]
fn the_norm_of_a_quaternion_may_be_off_by_a_tenth(#[case] w: f64) {
    let json =
        format!(r#"{{"vehicleId":"{ID}","x":1,"y":2,"z":3,"timestamp":5,"qx":0,"qy":0,"qz":0,"qw":{w}}}"#);
    assert_eq!(understood_position(&json).heading(), 0.0);
}

#[rstest]
#[case("1732333333123", 1_732_333_333_123)]
#[case("1732333333123.0", 1_732_333_333_123)]
#[case("1.732333333123e12", 1_732_333_333_123)]
#[case("5", 5)]
#[case("100000000000000", 100_000_000_000_000)]
fn a_timestamp_may_be_any_spelling_of_a_whole_number(#[case] text: &str, #[case] expected: i64) {
    let json = format!(r#"{{"vehicleId":"{ID}","x":1,"y":2,"z":3,"heading":0,"timestamp":{text}}}"#);
    assert_eq!(understood_position(&json).timestamp, at(expected));
}

#[rstest]
#[case("0")]
#[case("0.0")]
#[case("-0.0")]
fn an_unset_timestamp_becomes_the_time_of_arrival(#[case] text: &str) {
    let json = format!(r#"{{"vehicleId":"{ID}","x":1,"y":2,"z":3,"heading":0,"timestamp":{text}}}"#);
    let [item] = &items(Channel::Position, json.as_bytes())[..] else {
        panic!("one item")
    };
    assert!(!item.is_stamped);
    assert_eq!(understood_position(&json).timestamp, NOW.wall());
}

#[rstest]
#[case(r#""frame_id":"","map_id":"  ""#, None, None)]
#[case(r#""frame_id":"/odom","map_id":"/a""#, Some("odom"), Some("/a"))]
#[case(r#""frame_id":"/""#, None, None)]
#[case(r#""frame_id":null,"map_id":null"#, None, None)]
#[case(r#""frame_id":" odom ","map_id":"S\u00fcd""#, Some("odom"), Some("Süd"))]
fn an_empty_name_counts_as_absent(
    #[case] fields: &str,
    #[case] frame_id: Option<&str>,
    #[case] map_id: Option<&str>,
) {
    let json = format!(r#"{{"vehicleId":"{ID}","x":1,"y":2,"z":3,"heading":0,"timestamp":5,{fields}}}"#);
    let position = understood_position(&json);
    assert_eq!(position.frame_id.as_ref().map(|frame| frame.as_str()), frame_id);
    assert_eq!(position.map_id.as_ref().map(|map| map.as_str()), map_id);
}

#[rstest]
#[case(r#""x":"1""#, Reason::InvalidField, "x must be a number, not a string")]
#[case(r#""x":true"#, Reason::InvalidField, "x must be a number, not a boolean")]
#[case(r#""x":[1]"#, Reason::InvalidField, "x must be a number, not an array")]
#[case(r#""x":{}"#, Reason::InvalidField, "x must be a number, not an object")]
#[case(r#""x":null"#, Reason::NotFinite, "x must not be NaN, Infinity or null")]
#[case(r#""x":1e999"#, Reason::NotFinite, "x must be a finite number")]
#[case(r#""y":-1e999"#, Reason::NotFinite, "y must be a finite number")]
#[case(r#""x":NaN"#, Reason::NotFinite, "x must not be NaN, Infinity or null")]
#[case(r#""x":Infinity"#, Reason::NotFinite, "x must not be NaN, Infinity or null")]
#[case(r#""x":-Infinity"#, Reason::NotFinite, "x must not be NaN, Infinity or null")]
#[case(
    r#""x":+Infinity"#,
    Reason::NotJson,
    "the message is not valid JSON: expected value"
)]
#[case(
    r#""x":nan"#,
    Reason::NotJson,
    "the message is not valid JSON: expected ident"
)]
#[case(
    r#""vehicleId":null"#,
    Reason::NotFinite,
    "vehicleId must not be NaN, Infinity or null"
)]
#[case(
    r#""timestamp":null"#,
    Reason::NotFinite,
    "timestamp must not be NaN, Infinity or null"
)]
#[case(
    r#""timestamp":1732333333"#,
    Reason::TimestampUnit,
    "timestamp must be in Unix milliseconds, not seconds"
)]
#[case(
    r#""timestamp":1732333333.25"#,
    Reason::TimestampUnit,
    "timestamp must be in Unix milliseconds, not seconds"
)]
#[case(
    r#""timestamp":1732333333123000"#,
    Reason::TimestampUnit,
    "timestamp must be in Unix milliseconds"
)]
#[case(
    r#""timestamp":1732333333123000000"#,
    Reason::TimestampUnit,
    "timestamp must be in Unix milliseconds"
)]
#[case(
    r#""qx":0,"qy":0,"qz":NaN,"qw":1"#,
    Reason::NotFinite,
    "qz must not be NaN, Infinity or null"
)]
#[case(r#""yaw":NaN"#, Reason::NotFinite, "yaw must not be NaN, Infinity or null")]
#[case(r#""x":01"#, Reason::NotJson, "the message is not valid JSON: invalid number")]
#[case(r#""vehicleId":"7""#, Reason::InvalidField, "vehicleId must be a UUID")]
#[case(
    r#""vehicleId":"0190a5f27c1e7d549a3b2f6c8e1d4b70""#,
    Reason::InvalidField,
    "vehicleId must be a UUID"
)]
#[case(
    r#""vehicleId":"{0190a5f2-7c1e-7d54-9a3b-2f6c8e1d4b70}""#,
    Reason::InvalidField,
    "vehicleId must be a UUID"
)]
#[case(
    r#""vehicleId":7"#,
    Reason::InvalidField,
    "vehicleId must be a string, not a number"
)]
#[case(
    r#""timestamp":"1732333333123""#,
    Reason::InvalidField,
    "timestamp must be a number, not a string"
)]
#[case(
    r#""timestamp":1.5"#,
    Reason::InvalidField,
    "timestamp must be whole Unix milliseconds"
)]
#[case(
    r#""timestamp":-1"#,
    Reason::InvalidField,
    "timestamp must be Unix milliseconds between 0 and"
)]
#[case(
    r#""timestamp":1e15"#,
    Reason::TimestampUnit,
    "timestamp must be in Unix milliseconds, not seconds, microseconds"
)]
#[case(
    r#""timestamp":99999999999999999999"#,
    Reason::TimestampUnit,
    "timestamp must be in Unix milliseconds, not seconds"
)]
#[case(
    r#""timestamp":1e999"#,
    Reason::NotFinite,
    "timestamp must be a finite number"
)]
#[case(
    r#""qx":0,"qy":0,"qz":0,"qw":0"#,
    Reason::InvalidRotation,
    "qx qy qz qw must have a norm within 0.1 of 1, not 0"
)]
#[case(
    r#""qx":1,"qy":1,"qz":0,"qw":0"#,
    Reason::InvalidRotation,
    "qx qy qz qw must have a norm within 0.1 of 1"
)]
#[case(r#""qx":0,"qy":0,"qz":0"#, Reason::InvalidField, "qw is missing")]
#[case(r#""qz":0"#, Reason::InvalidField, "qx is missing")]
#[case(
    r#""qx":0,"qy":1e999,"qz":0,"qw":1"#,
    Reason::NotFinite,
    "qy must be a finite number"
)]
#[case(
    r#""qx":0,"qy":"0","qz":0,"qw":1"#,
    Reason::InvalidField,
    "qy must be a number, not a string"
)]
#[case(r#""roll":0,"pitch":0"#, Reason::InvalidField, "yaw is missing")]
#[case(r#""yaw":1e999"#, Reason::NotFinite, "yaw must be a finite number")]
#[case(r#""heading":1e999"#, Reason::NotFinite, "heading must be a finite number")]
#[case(
    r#""heading":"north""#,
    Reason::InvalidField,
    "heading must be a number, not a string"
)]
#[case(
    r#""heading":null"#,
    Reason::NotFinite,
    "heading must not be NaN, Infinity or null"
)]
fn a_plain_position_is_rejected_for(#[case] field: &str, #[case] reason: Reason, #[case] detail: &str) {
    check_rejected(
        Channel::Position,
        &with_field(&plain_position_fields(), field),
        reason,
        detail,
    );
}

#[rstest]
#[case("vehicleId")]
#[case("x")]
#[case("y")]
#[case("z")]
#[case("timestamp")]
fn a_position_requires(#[case] name: &str) {
    let fields: Vec<_> = plain_position_fields()
        .into_iter()
        .filter(|field| !field.starts_with(&format!("\"{name}\"")))
        .collect();
    check_rejected(
        Channel::Position,
        &object(&fields),
        Reason::InvalidField,
        &format!("{name} is missing"),
    );
}

#[rstest]
#[case(r#""frame_id":5"#, &[OptionalField::FrameId])]
#[case(r#""frame_id":"a\u0000b""#, &[OptionalField::FrameId])]
#[case(r#""map_id":"\ud800""#, &[OptionalField::MapId])]
#[case(&format!(r#""map_id":"{}""#, "ü".repeat(101)), &[OptionalField::MapId])]
#[case(r#""roll":"level","pitch":[],"yaw":0"#, &[OptionalField::Roll, OptionalField::Pitch])]
#[case(r#""roll":1e999,"yaw":0"#, &[])]
#[case(r#""traceparent":"00-zz""#, &[OptionalField::Traceparent])]
#[case(r#""traceparent":7"#, &[OptionalField::Traceparent])]
#[case(r#""frame_id":NaN,"map_id":null,"traceparent":null"#, &[])]
fn an_optional_field_with_an_impossible_value_is_dropped(
    #[case] field: &str,
    #[case] dropped: &[OptionalField],
) {
    let json = with_field(&plain_position_fields(), field);
    let [item] = &items(Channel::Position, json.as_bytes())[..] else {
        panic!("one item")
    };
    assert!(item.report.is_ok(), "{item:?}");
    assert_eq!(item.dropped.iter().collect::<Vec<_>>(), dropped);
}

#[test]
fn a_rejected_message_still_names_its_vehicle() {
    let json = with_field(&plain_position_fields(), r#""x":NaN"#);
    let [item] = &items(Channel::Position, json.as_bytes())[..] else {
        panic!("one item")
    };
    assert_eq!(item.vehicle_id, ID.parse().ok());
}

#[rstest]
#[case(r#""traceparent":"00-zz""#)]
#[case(r#""traceparent":"""#)]
#[case(r#""traceparent":7"#)]
#[case(r#""traceparent":null"#)]
fn a_malformed_traceparent_counts_as_none(#[case] field: &str) {
    let report = understood(Channel::Position, &with_field(&plain_position_fields(), field));
    assert_eq!(report.trace_parent, None);
}

#[rstest]
#[case(r#""type":"AMR""#)]
#[case(r#""type":"nav_msgs/msg/Odometry""#)]
#[case(r#""type":7,"msg":"hello""#)]
fn a_plain_position_may_have_unknown_fields(#[case] fields: &str) {
    understood(Channel::Position, &with_field(&plain_position_fields(), fields));
}

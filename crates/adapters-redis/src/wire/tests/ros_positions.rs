//! Tests of positions in ROS 2 messages.

use application::telemetry::OptionalField;
use domain::telemetry::{FrameId, MapId};
use rstest::rstest;

use super::*;

#[rstest]
#[case("nav_msgs/msg/Odometry", r#"{"pose":POSE,"covariance":[]}"#, None)]
#[case("geometry_msgs/msg/PoseStamped", "POSE", None)]
#[case("geometry_msgs/PoseStamped", "POSE", None)]
#[case("geometry_msgs/msg/PoseWithCovarianceStamped", r#"{"pose":POSE}"#, None)]
#[case("geometry_msgs/PoseWithCovarianceStamped", r#"{"pose":POSE}"#, None)]
#[case(
    "nav_msgs/Odometry",
    r#"{"pose":POSE},"twist":{"twist":{"linear":{"x":0.3,"y":-0.4,"z":0}}}"#,
    Some(0.5)
)]
#[case(
    "nav_msgs/msg/Odometry",
    r#"{"pose":POSE},"twist":{"twist":{"linear":{},"angular":{"z":1}}}"#,
    Some(0.0)
)]
#[case("nav_msgs/msg/Odometry", r#"{"pose":POSE}"#, None)]
fn a_ros_position_is_decoded(#[case] kind: &str, #[case] pose: &str, #[case] expected_speed: Option<f64>) {
    let pose = pose
        .replace("POSE", POSE)
        .replace(r#","covariance":[]"#, &covariance());
    let Content::Position { position, speed } = understood(Channel::Position, &ros(kind, &pose)).content
    else {
        panic!("a position")
    };
    let expected = VehiclePosition {
        x: 1.5,
        y: -2.5,
        z: 0.25,
        rotation: position.rotation,
        timestamp: at(1_732_333_333_123),
        frame_id: Some(FrameId::new("odom").expect("a name")),
        map_id: None,
    };
    assert_eq!((position.clone(), speed), (expected, expected_speed));
    assert!((position.heading() - 90.0).abs() < 1e-9);
}

#[rstest]
#[case(r#","twist":{"twist":{"linear":{"x":null}}}"#, &[])]
#[case(r#","twist":{"twist":{"linear":{"x":1,"y":0,"z":NaN}}}"#, &[])]
#[case(r#","twist":{"twist":{"linear":null}}"#, &[])]
#[case(r#","twist":{"twist":null}"#, &[])]
#[case(r#","twist":null"#, &[])]
#[case(r#","twist":{"twist":{"linear":{"x":1e308,"y":1.7e308}}}"#, &[])]
#[case(r#","twist":5"#, &[OptionalField::Twist])]
#[case(r#","twist":{"twist":{"linear":{"x":"fast"}}}"#, &[OptionalField::Twist])]
#[case(r#","child_frame_id":7,"twist":{"twist":{"linear":{"x":NaN}},"covariance":null}"#, &[])]
fn an_unknown_twist_does_not_affect_the_pose(#[case] twist: &str, #[case] dropped: &[OptionalField]) {
    for rest in [
        "",
        &covariance(),
        &covariance().replace("0.0", "NaN"),
        r#","covariance":[1]"#,
        r#","covariance":null"#,
    ] {
        let json = ros(
            "nav_msgs/msg/Odometry",
            &format!(r#"{{"pose":{POSE}{rest}}}{twist}"#),
        );
        let [item] = &items(Channel::Position, json.as_bytes())[..] else {
            panic!("one item")
        };
        let Ok(Report {
            content: Content::Position { position, speed },
            ..
        }) = &item.report
        else {
            panic!("{item:?}")
        };
        assert_eq!((position.x, *speed), (1.5, None), "{json}");
        assert_eq!(position.timestamp, at(1_732_333_333_123));
        assert_eq!(item.dropped.iter().collect::<Vec<_>>(), dropped);
    }
}

#[rstest]
#[case(
    r#""stamp":{"sec":1795.0,"nanosec":500000000.0},"frame_id":"/odom""#,
    1_795_500
)]
#[case(r#""stamp":{"sec":1795,"nanosec":500000000},"frame_id":"/odom""#, 1_795_500)]
#[case(r#""stamp":{"sec":0,"nanosec":1000000},"frame_id":"odom""#, 1)]
fn a_stamp_may_be_any_spelling_of_whole_numbers(#[case] header: &str, #[case] expected: i64) {
    let json = format!(
        r#"{{"vehicleId":"{ID}","type":"geometry_msgs/PoseStamped","msg":{{"header":{{{header}}},"pose":{POSE}}}}}"#
    );
    let position = understood_position(&json);
    assert_eq!(position.timestamp, at(expected));
    assert_eq!(position.frame_id, Some(FrameId::new("odom").expect("a name")));
}

#[rstest]
#[case(r#""sec":0,"nanosec":0"#)]
#[case(r#""sec":0.0,"nanosec":0.0"#)]
fn an_unset_stamp_becomes_the_time_of_arrival(#[case] stamp: &str) {
    let json = format!(
        r#"{{"vehicleId":"{ID}","type":"geometry_msgs/PoseStamped","msg":{{"header":{{"stamp":{{{stamp}}},"frame_id":7}},"pose":{POSE}}}}}"#
    );
    let [item] = &items(Channel::Position, json.as_bytes())[..] else {
        panic!("one item")
    };
    assert!(!item.is_stamped);
    assert_eq!(item.dropped.iter().collect::<Vec<_>>(), [OptionalField::FrameId]);
    assert_eq!(understood_position(&json).timestamp, NOW.wall());
}

#[test]
fn a_ros_position_may_have_a_map_beside_it() {
    let json = with_field(
        &[ros_fields("geometry_msgs/msg/PoseStamped", POSE)],
        r#""map_id":"floor-2""#,
    );
    assert_eq!(
        understood_position(&json).map_id,
        Some(MapId::new("floor-2").expect("a name"))
    );
}

#[rstest]
#[case(
    "std_msgs/msg/String",
    r#""hello""#,
    Reason::UnsupportedType,
    "type must be nav_msgs/msg/Odometry,"
)]
#[case(
    "Odometry",
    POSE,
    Reason::UnsupportedType,
    "type must be nav_msgs/msg/Odometry,"
)]
#[case(
    "sensor_msgs/msg/BatteryState",
    POSE,
    Reason::UnsupportedType,
    "type sensor_msgs/msg/BatteryState is not supported on vehicle:position:update"
)]
#[case(
    "nav_msgs/msg/Odometry",
    POSE,
    Reason::InvalidField,
    "msg.pose.pose is missing"
)]
#[case(
    "geometry_msgs/msg/PoseStamped",
    r#"{"position":{"x":1},"orientation":{"x":0,"y":0,"z":0,"w":1}}"#,
    Reason::InvalidField,
    "msg.pose.position.y is missing"
)]
#[case(
    "geometry_msgs/msg/PoseStamped",
    r#"{"position":{"x":"1","y":2,"z":3},"orientation":{"x":0,"y":0,"z":0,"w":1}}"#,
    Reason::InvalidField,
    "msg.pose.position.x must be a number, not a string"
)]
#[case(
    "geometry_msgs/msg/PoseStamped",
    r#"{"position":{"x":null,"y":2,"z":3},"orientation":{"x":0,"y":0,"z":0,"w":1}}"#,
    Reason::NotFinite,
    "msg.pose.position.x must be a finite number"
)]
#[case(
    "geometry_msgs/msg/PoseStamped",
    r#"{"position":{"x":1,"y":1e999,"z":3},"orientation":{"x":0,"y":0,"z":0,"w":1}}"#,
    Reason::NotFinite,
    "msg.pose.position.y must be a finite number"
)]
#[case(
    "geometry_msgs/msg/PoseStamped",
    r#"{"position":{"x":1,"y":2,"z":3},"orientation":{"x":0,"y":0,"z":0,"w":0}}"#,
    Reason::InvalidRotation,
    "msg.pose.orientation must have a norm"
)]
#[case(
    "geometry_msgs/msg/PoseStamped",
    r#"{"position":{"x":1,"y":2,"z":3},"orientation":{"x":0,"y":0,"z":null,"w":0}}"#,
    Reason::NotFinite,
    "msg.pose.orientation must be a finite number"
)]
#[case(
    "geometry_msgs/msg/PoseStamped",
    r#"{"position":{"x":1,"y":2,"z":3},"orientation":{"x":0,"y":0,"z":0}}"#,
    Reason::InvalidField,
    "msg.pose.orientation.w is missing"
)]
fn a_ros_position_is_rejected_for(
    #[case] kind: &str,
    #[case] pose: &str,
    #[case] reason: Reason,
    #[case] detail: &str,
) {
    check_rejected(
        Channel::Position,
        &ros(kind, &pose.replace("POSE", POSE)),
        reason,
        detail,
    );
}

#[rstest]
#[case(r#""type":"nav_msgs/msg/Odometry""#, Reason::InvalidField, "msg is missing")]
#[case(r#""type":"nav_msgs/msg/Odometry","msg":[]"#, Reason::InvalidField, "msg ")]
#[case(
    r#""type":"nav_msgs/msg/Odometry","msg":{}"#,
    Reason::InvalidField,
    "msg.pose is missing"
)]
#[case(r#""msg":{}"#, Reason::InvalidField, "type is missing")]
#[case(
    r#""type":7,"msg":{}"#,
    Reason::InvalidField,
    "type must be a string, not a number"
)]
#[case(r#""type":"geometry_msgs/msg/PoseStamped","msg":{"header":{"stamp":{"sec":1,"nanosec":1000000000}},"pose":POSE}"#, Reason::InvalidField, "msg.header.stamp.nanosec must be below 1000000000")]
#[case(
    r#""type":"geometry_msgs/msg/PoseStamped","msg":{"header":{"stamp":{"sec":-1,"nanosec":0}},"pose":POSE}"#,
    Reason::InvalidField,
    "msg.header.stamp must be Unix milliseconds"
)]
fn a_ros_object_is_rejected_for(#[case] fields: &str, #[case] reason: Reason, #[case] detail: &str) {
    let json = object(&[format!(r#""vehicleId":"{ID}""#), fields.replace("POSE", POSE)]);
    check_rejected(Channel::Position, &json, reason, detail);
}

use proptest::prelude::*;
use rstest::rstest;

use super::*;
use crate::messages::{Header, Point, Pose, Quaternion, Time};

const POSE: &str = r#"{"position":{"x":1.5,"y":-2,"z":0.25},"orientation":{"x":0,"y":0,"z":0,"w":1}}"#;
const HEADER: &str = r#"{"stamp":{"sec":1700000000,"nanosec":250000000},"frame_id":"map"}"#;

fn pose_stamped(header: &str, pose: &str) -> String {
    format!(r#"{{"header":{header},"pose":{pose}}}"#)
}

#[test]
fn a_pose_is_decoded() {
    let expected = PoseStamped {
        header: Header {
            stamp: Time {
                sec: 1_700_000_000,
                nanosec: 250_000_000,
            },
            frame_id: "map".to_owned(),
        },
        pose: Pose {
            position: Point {
                x: 1.5,
                y: -2.0,
                z: 0.25,
            },
            orientation: Quaternion::default(),
        },
    };
    assert_eq!(decode::<PoseStamped>(&pose_stamped(HEADER, POSE)), Ok(expected));
}

#[test]
fn an_odometry_is_decoded_with_its_covariances() {
    let cells: Vec<String> = (0..36).map(|cell| format!("{cell}.5")).collect();
    let covariance = cells.join(",");
    let json = format!(
        r#"{{"header":{HEADER},"child_frame_id":"base_link","pose":{{"pose":{POSE},"covariance":[{covariance}]}},
            "twist":{{"twist":{{"linear":{{"x":0.4,"y":0,"z":0}},"angular":{{"x":0,"y":0,"z":0.1}}}},"covariance":[{covariance}]}}}}"#
    );
    let odometry: Odometry = decode(&json).expect("an odometry");
    assert_eq!(odometry.child_frame_id, "base_link");
    assert_eq!(odometry.pose.covariance[35], 35.5);
    let twist = odometry.twist.expect("a twist").twist;
    assert_eq!((twist.linear.x, twist.angular.z), (0.4, 0.1));
}

#[test]
fn optional_fields_have_defaults() {
    let json = format!(r#"{{"header":{{"stamp":{{"sec":1,"nanosec":2}}}},"pose":{{"pose":{POSE}}}}}"#);
    let odometry: Odometry = decode(&json).expect("an odometry");
    assert_eq!(odometry.header.frame_id, "");
    assert_eq!(odometry.twist, None);
    assert_eq!(odometry.pose.covariance, [0.0; 36]);
}

#[rstest]
#[case("null", f64::is_nan)]
#[case("1e999", |x: f64| x == f64::INFINITY)]
#[case("-1e999", |x: f64| x == f64::NEG_INFINITY)]
#[case("1e-999", |x: f64| x == 0.0)]
#[case("123456789012345678901234567890", |x: f64| x == 123_456_789_012_345_678_901_234_567_890.0)]
fn numbers_that_json_lacks_are_decoded(#[case] text: &str, #[case] check: fn(f64) -> bool) {
    let json = format!(r#"{{"header":{HEADER},"percentage":{text}}}"#);
    let battery: BatteryState = decode(&json).expect("a battery");
    assert!(check(battery.percentage), "{}", battery.percentage);
    assert!(battery.voltage.is_nan());
}

#[rstest]
#[case("{}", POSE, "header missing field `stamp`")]
#[case(
    r#"{"stamp":{"sec":"1","nanosec":2}}"#,
    POSE,
    r#"header.stamp.sec invalid type: string "1", expected i32"#
)]
#[case(
    r#"{"stamp":{"sec":3000000000,"nanosec":2}}"#,
    POSE,
    "header.stamp.sec invalid value: integer `3000000000`, expected i32"
)]
#[case(HEADER, "5", "pose invalid type: integer `5`, expected struct Pose")]
#[case(
    HEADER,
    r#"{"position":{"x":1,"y":2},"orientation":{}}"#,
    "pose.position missing field `z`"
)]
#[case(
    HEADER,
    r#"{"position":{"x":"1","y":2,"z":3}}"#,
    "pose.position.x must be a number, not a string"
)]
#[case(
    HEADER,
    r#"{"position":{"x":true,"y":2,"z":3}}"#,
    "pose.position.x must be a number, not a boolean"
)]
#[case(
    HEADER,
    r#"{"position":{"x":1,"y":2,"z":3}}"#,
    "pose missing field `orientation`"
)]
fn a_fault_names_its_field(#[case] header: &str, #[case] pose: &str, #[case] expected: &str) {
    let fault = decode::<PoseStamped>(&pose_stamped(header, pose)).expect_err("a fault");
    assert_eq!(fault.to_string(), expected);
}

#[rstest]
#[case(0)]
#[case(35)]
#[case(37)]
fn a_covariance_has_36_numbers(#[case] cells: usize) {
    let covariance = vec!["0"; cells].join(",");
    let json = format!(r#"{{"header":{HEADER},"pose":{{"pose":{POSE},"covariance":[{covariance}]}}}}"#);
    let fault = decode::<PoseWithCovarianceStamped>(&json).expect_err("a fault");
    assert_eq!(
        fault.to_string(),
        format!("pose.covariance invalid length {cells}, expected 36 numbers")
    );
}

proptest! {
    #[test]
    fn a_number_is_read_exactly(x in any::<f64>().prop_filter("JSON only has finite numbers", |x| x.is_finite())) {
        let pose = format!(r#"{{"position":{{"x":{x:e},"y":{x},"z":0}},"orientation":{{"x":0,"y":0,"z":0,"w":1}}}}"#);
        let position = decode::<PoseStamped>(&pose_stamped(HEADER, &pose)).expect("a pose").pose.position;
        prop_assert_eq!((position.x.to_bits(), position.y.to_bits()), (x.to_bits(), x.to_bits()));
    }

    #[test]
    fn arbitrary_text_causes_no_panic(text in ".*") {
        let _ = decode::<Odometry>(&text);
        let _ = decode::<BatteryState>(&text);
    }
}

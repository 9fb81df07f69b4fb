//! States, plain and in ROS 2 messages.

use domain::{
    telemetry::{ErrorCode, Percentage, VehicleRuntimeState},
    vehicle::VehicleStatus,
};
use rstest::rstest;

use super::*;

#[test]
fn a_plain_state_is_understood() {
    let json = format!(
        r#"{{"vehicleId":"{ID}","currentSpeed":0.4,"batteryLevel":87.5,"currentLoad":0,"temperature":31.2,
            "errorCodes":["E042","E042","E7"],"status":"MOVING","lastUpdateTime":1732333333123}}"#
    );
    let expected = VehicleRuntimeState::new(0.4, 87.5, at(1_732_333_333_123))
        .and_then(|state| state.with_current_load(Some(0.0)))
        .and_then(|state| state.with_temperature(Some(31.2)))
        .expect("a state")
        .with_error_codes(["E042", "E7"].map(|code| ErrorCode::new(code).expect("a code")))
        .with_status(Some(VehicleStatus::Moving));
    assert_eq!(
        understood(Channel::State, &json).content,
        Content::State(expected)
    );
}

#[rstest]
#[case("")]
#[case(r#","currentLoad":null,"temperature":null,"errorCodes":null,"status":null"#)]
fn a_state_need_not_say_more_than_speed_charge_and_time(#[case] more: &str) {
    let json =
        format!(r#"{{"vehicleId":"{ID}","currentSpeed":0,"batteryLevel":100,"lastUpdateTime":5{more}}}"#);
    let expected = VehicleRuntimeState::new(0.0, 100.0, at(5)).expect("a state");
    assert_eq!(
        understood(Channel::State, &json).content,
        Content::State(expected)
    );
}

#[rstest]
#[case(
    r#""currentSpeed":-0.1"#,
    Reason::InvalidField,
    "currentSpeed must be at least 0 m/s"
)]
#[case(
    r#""currentSpeed":1e999"#,
    Reason::NotFinite,
    "currentSpeed must be a finite number"
)]
#[case(r#""currentSpeed":null"#, Reason::InvalidField, "currentSpeed is missing")]
#[case(
    r#""batteryLevel":100.1"#,
    Reason::InvalidField,
    "batteryLevel must be between 0 and 100"
)]
#[case(
    r#""batteryLevel":-1"#,
    Reason::InvalidField,
    "batteryLevel must be between 0 and 100"
)]
#[case(
    r#""batteryLevel":"87""#,
    Reason::InvalidField,
    "batteryLevel must be a number, not a text"
)]
#[case(r#""batteryLevel":null"#, Reason::InvalidField, "batteryLevel is missing")]
#[case(r#""lastUpdateTime":null"#, Reason::InvalidField, "lastUpdateTime is missing")]
#[case(
    r#""lastUpdateTime":"now""#,
    Reason::InvalidField,
    "lastUpdateTime must be a number, not a text"
)]
#[case(
    r#""currentLoad":-5"#,
    Reason::InvalidField,
    "currentLoad must be at least 0 kg"
)]
#[case(
    r#""currentLoad":1e999"#,
    Reason::NotFinite,
    "currentLoad must be a finite number"
)]
#[case(
    r#""temperature":"hot""#,
    Reason::InvalidField,
    "temperature must be a number, not a text"
)]
#[case(
    r#""errorCodes":"E042""#,
    Reason::InvalidField,
    "errorCodes must be an array of texts"
)]
#[case(
    r#""errorCodes":["E042",7]"#,
    Reason::InvalidField,
    "errorCodes[1] must be a text, not a number"
)]
#[case(
    r#""errorCodes":[""]"#,
    Reason::InvalidField,
    "errorCodes[0] must not be empty"
)]
#[case(
    r#""status":"DANCING""#,
    Reason::InvalidField,
    "status must be one of IDLE, MOVING"
)]
#[case(
    r#""status":"moving""#,
    Reason::InvalidField,
    "status must be one of IDLE, MOVING"
)]
#[case(r#""vehicleId":null"#, Reason::InvalidField, "vehicleId is missing")]
fn a_plain_state_is_refused_for(#[case] field: &str, #[case] reason: Reason, #[case] detail: &str) {
    let fields = [
        format!(r#""vehicleId":"{ID}""#),
        r#""currentSpeed":0.4"#.to_owned(),
        r#""batteryLevel":87.5"#.to_owned(),
        r#""lastUpdateTime":1732333333123"#.to_owned(),
    ];
    check_rejected(Channel::State, &with_field(&fields, field), reason, detail);
}

#[rstest]
#[case("sensor_msgs/msg/BatteryState", "0.875", 87.5)]
#[case("sensor_msgs/BatteryState", "1", 100.0)]
#[case("sensor_msgs/BatteryState", "0.0", 0.0)]
fn a_battery_state_is_understood(#[case] kind: &str, #[case] percentage: &str, #[case] expected: f64) {
    let expected = Content::Battery {
        level: Percentage::new(expected).expect("a percentage"),
        at: at(1_732_333_333_123),
    };
    assert_eq!(
        understood(Channel::State, &battery(kind, percentage)).content,
        expected
    );
}

#[rstest]
#[case(
    "sensor_msgs/msg/BatteryState",
    "null",
    Reason::NotFinite,
    "msg.percentage must be a finite number"
)]
#[case(
    "sensor_msgs/msg/BatteryState",
    "1e999",
    Reason::NotFinite,
    "msg.percentage must be a finite number"
)]
#[case("sensor_msgs/msg/BatteryState", "NaN", Reason::NotJson, "expected value")]
#[case(
    "sensor_msgs/msg/BatteryState",
    "87.5",
    Reason::InvalidField,
    "msg.percentage must be between 0 and 1, not 87.5"
)]
#[case(
    "sensor_msgs/msg/BatteryState",
    "-0.1",
    Reason::InvalidField,
    "msg.percentage must be between 0 and 1"
)]
#[case(
    "sensor_msgs/msg/BatteryState",
    "\"full\"",
    Reason::InvalidField,
    "msg.percentage must be a number, not a string"
)]
#[case(
    "nav_msgs/msg/Odometry",
    "0.5",
    Reason::UnsupportedType,
    "type nav_msgs/msg/Odometry has no place on vehicle:state:update"
)]
fn a_battery_state_is_refused_for(
    #[case] kind: &str,
    #[case] percentage: &str,
    #[case] reason: Reason,
    #[case] detail: &str,
) {
    check_rejected(Channel::State, &battery(kind, percentage), reason, detail);
}

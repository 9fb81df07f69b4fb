//! Tests of states, plain and in ROS 2 messages.

use application::telemetry::OptionalField;
use domain::{
    telemetry::{ErrorCode, Percentage, VehicleRuntimeState},
    vehicle::VehicleStatus,
};
use rstest::rstest;

use super::*;

#[test]
fn a_plain_state_is_decoded() {
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
fn a_state_only_requires_speed_charge_and_time(#[case] more: &str) {
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
#[case(
    r#""currentSpeed":null"#,
    Reason::NotFinite,
    "currentSpeed must not be NaN, Infinity or null"
)]
#[case(
    r#""batteryLevel":105.1"#,
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
    "batteryLevel must be a number, not a string"
)]
#[case(
    r#""batteryLevel":NaN"#,
    Reason::NotFinite,
    "batteryLevel must not be NaN, Infinity or null"
)]
#[case(
    r#""lastUpdateTime":null"#,
    Reason::NotFinite,
    "lastUpdateTime must not be NaN, Infinity or null"
)]
#[case(
    r#""lastUpdateTime":1732333333"#,
    Reason::TimestampUnit,
    "lastUpdateTime must be in Unix"
)]
#[case(
    r#""lastUpdateTime":"now""#,
    Reason::InvalidField,
    "lastUpdateTime must be a number, not a string"
)]
#[case(
    r#""vehicleId":null"#,
    Reason::NotFinite,
    "vehicleId must not be NaN, Infinity or null"
)]
fn a_plain_state_is_rejected_for(#[case] field: &str, #[case] reason: Reason, #[case] detail: &str) {
    let fields = [
        format!(r#""vehicleId":"{ID}""#),
        r#""currentSpeed":0.4"#.to_owned(),
        r#""batteryLevel":87.5"#.to_owned(),
        r#""lastUpdateTime":1732333333123"#.to_owned(),
    ];
    check_rejected(Channel::State, &with_field(&fields, field), reason, detail);
}

#[rstest]
#[case(r#""currentLoad":-0.02"#, &[OptionalField::CurrentLoad])]
#[case(r#""currentLoad":1e999"#, &[])]
#[case(r#""currentLoad":NaN,"temperature":null,"status":NaN,"errorCodes":null"#, &[])]
#[case(r#""temperature":"hot""#, &[OptionalField::Temperature])]
#[case(r#""temperature":-400"#, &[OptionalField::Temperature])]
#[case(r#""temperature":-273.16"#, &[OptionalField::Temperature])]
#[case(r#""errorCodes":"E042""#, &[OptionalField::ErrorCodes])]
#[case(r#""status":"DANCING""#, &[OptionalField::Status])]
#[case(r#""status":"moving""#, &[OptionalField::Status])]
#[case(r#""currentLoad":{},"temperature":[],"status":7"#, &[OptionalField::CurrentLoad, OptionalField::Temperature, OptionalField::Status])]
fn an_optional_field_with_an_impossible_value_is_dropped(
    #[case] field: &str,
    #[case] dropped: &[OptionalField],
) {
    let json =
        format!(r#"{{"vehicleId":"{ID}","currentSpeed":0,"batteryLevel":50,"lastUpdateTime":5,{field}}}"#);
    let [item] = &items(Channel::State, json.as_bytes())[..] else {
        panic!("one item")
    };
    let expected = VehicleRuntimeState::new(0.0, 50.0, at(5)).expect("a state");
    let report = item.report.as_ref().expect("a state");
    assert_eq!(report.content, Content::State(expected));
    assert_eq!(item.dropped.iter().collect::<Vec<_>>(), dropped);
}

#[test]
fn only_impossible_error_codes_are_dropped() {
    let json = format!(
        r#"{{"vehicleId":"{ID}","currentSpeed":0,"batteryLevel":105,"lastUpdateTime":0,"errorCodes":["ESTOP",7,"",null,NaN,"E2"]}}"#
    );
    let [item] = &items(Channel::State, json.as_bytes())[..] else {
        panic!("one item")
    };
    let Ok(Report {
        content: Content::State(state),
        ..
    }) = &item.report
    else {
        panic!("{item:?}")
    };
    let codes: Vec<_> = state.error_codes().iter().map(ErrorCode::as_str).collect();
    assert_eq!(codes, ["ESTOP", "E2"]);
    assert_eq!(
        (state.battery_level().get(), state.last_update_time),
        (100.0, NOW.wall())
    );
    assert!(!item.is_stamped);
    assert_eq!(
        item.dropped.iter().collect::<Vec<_>>(),
        [OptionalField::ErrorCodes]
    );
}

#[test]
fn unknown_values_of_a_battery_are_ignored() {
    for rest in [
        r#""voltage":NaN,"current":null,"temperature":"warm""#,
        r#""cell_voltage":[NaN,null],"voltage":"high""#,
        r#""header":{"stamp":{"sec":1795.0,"nanosec":0.0},"frame_id":null}"#,
    ] {
        let header = if rest.contains("header") {
            String::new()
        } else {
            format!("{HEADER},")
        };
        let json = format!(
            r#"{{"vehicleId":"{ID}","type":"sensor_msgs/msg/BatteryState","msg":{{{header}"percentage":0.58,{rest}}}}}"#
        );
        let Content::Battery { level, at: time } = understood(Channel::State, &json).content else {
            panic!("a battery")
        };
        assert_eq!(level.get(), 58.0);
        assert!([at(1_732_333_333_123), at(1_795_000)].contains(&time), "{time}");
    }
}

#[rstest]
#[case("sensor_msgs/BatteryState", "1.004", 100.0)]
#[case("sensor_msgs/BatteryState", "1.05", 100.0)]
#[case("sensor_msgs/msg/BatteryState", "0.875", 87.5)]
#[case("sensor_msgs/BatteryState", "1", 100.0)]
#[case("sensor_msgs/BatteryState", "0.0", 0.0)]
fn a_battery_state_is_decoded(#[case] kind: &str, #[case] percentage: &str, #[case] expected: f64) {
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
#[case(
    "sensor_msgs/msg/BatteryState",
    "NaN",
    Reason::NotFinite,
    "msg.percentage must be a finite number"
)]
#[case(
    "sensor_msgs/msg/BatteryState",
    "1.051",
    Reason::InvalidField,
    "msg.percentage must be between 0 and 1, not 1.051"
)]
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
    "type nav_msgs/msg/Odometry is not supported on vehicle:state:update"
)]
fn a_battery_state_is_rejected_for(
    #[case] kind: &str,
    #[case] percentage: &str,
    #[case] reason: Reason,
    #[case] detail: &str,
) {
    check_rejected(Channel::State, &battery(kind, percentage), reason, detail);
}

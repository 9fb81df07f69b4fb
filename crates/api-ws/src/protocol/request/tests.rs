use std::time::Duration;

use application::live::{DeliveryMode, Filter, Topic};
use domain::{GroupId, VehicleId, vehicle::VehicleType};
use proptest::prelude::*;
use rstest::rstest;
use serde_json::json;
use uuid::Uuid;

use super::*;

const VEHICLE: &str = "0190a5f2-7c1e-7d54-9a3b-2f6c8e1d4b70";

#[rstest]
#[case(json!({"type": "subscribeAll"}), Command::Subscribe(Topic::All, Filter::default()))]
#[case(json!({"type": "subscribeAll", "filter": null}), Command::Subscribe(Topic::All, Filter::default()))]
#[case(
    json!({"type": "subscribeAll", "filter": {"moving": true}}),
    Command::Subscribe(Topic::All, Filter { is_moving: Some(true), ..Filter::default() })
)]
#[case(json!({"type": "unsubscribeAll"}), Command::Unsubscribe(Topic::All))]
#[case(json!({"type": "subscribeType", "vehicleType": "OHT"}), Command::Subscribe(Topic::Type(VehicleType::Oht), Filter::default()))]
#[case(
    json!({"type": "subscribeGroup", "groupId": VEHICLE}),
    Command::Subscribe(Topic::Group(GroupId::from_uuid(Uuid::parse_str(VEHICLE).expect("an id"))), Filter::default())
)]
#[case(json!({"type": "subscribeRegistry"}), Command::SubscribeRegistry)]
#[case(json!({"type": "unsubscribeRegistry"}), Command::UnsubscribeRegistry)]
#[case(json!({"type": "configure"}), Command::Configure { interval: None, mode: None })]
#[case(json!({"type": "configure", "intervalMs": 0, "mode": "full"}), Command::Configure { interval: Some(Duration::ZERO), mode: Some(DeliveryMode::Full) })]
#[case(json!({"type": "configure", "intervalMs": 100.0}), Command::Configure { interval: Some(Duration::from_millis(100)), mode: None })]
#[case(json!({"type": "configure", "intervalMs": -0.0}), Command::Configure { interval: Some(Duration::ZERO), mode: None })]
#[case(json!({"type": "configure", "mode": "delta"}), Command::Configure { interval: None, mode: Some(DeliveryMode::Delta) })]
#[case(json!({"type": "ping", "more": [1, 2]}), Command::Ping)]
fn valid_messages_are_parsed(#[case] message: Value, #[case] expected: Command) {
    assert_eq!(
        Request::parse(&message.to_string()),
        Ok(Request {
            id: None,
            command: expected
        })
    );
}

#[test]
fn a_vehicle_subscription_names_the_vehicle_by_id() {
    let topic = Topic::Vehicle(VehicleId::from_uuid(Uuid::parse_str(VEHICLE).expect("an id")));
    for (kind, command) in [
        (
            "subscribeVehicle",
            Command::Subscribe(topic.clone(), Filter::default()),
        ),
        ("unsubscribeVehicle", Command::Unsubscribe(topic.clone())),
    ] {
        let message = json!({"type": kind, "vehicleId": VEHICLE, "id": 7});
        assert_eq!(
            Request::parse(&message.to_string()),
            Ok(Request {
                id: Some(json!(7)),
                command
            })
        );
    }
}

#[rstest]
#[case("", ErrorCode::BadMessage, "the message must be a JSON object")]
#[case("[]", ErrorCode::BadMessage, "the message must be a JSON object")]
#[case("5", ErrorCode::BadMessage, "the message must be a JSON object")]
#[case(
    r#" ["ping", 7, null, null, null, null, null, null]"#,
    ErrorCode::BadMessage,
    "the message must be a JSON object"
)]
#[case(r#"{"type":"ping","type":"ping"}"#, ErrorCode::BadMessage, "duplicate field")]
#[case("{}", ErrorCode::BadMessage, "type must be a string")]
#[case(r#"{"type":7}"#, ErrorCode::BadMessage, "type must be a string")]
#[case(r#"{"type":"dance"}"#, ErrorCode::UnknownType, r#"type "dance" is unknown"#)]
#[case(
    r#"{"type":"ping","id":1.5}"#,
    ErrorCode::BadMessage,
    "id must be an integer or a string"
)]
#[case(
    r#"{"type":"subscribeVehicle"}"#,
    ErrorCode::BadMessage,
    "vehicleId must be a string"
)]
#[case(
    r#"{"type":"subscribeVehicle","vehicleId":"7"}"#,
    ErrorCode::BadMessage,
    "vehicleId must be a UUID"
)]
#[case(
    r#"{"type":"subscribeType","vehicleType":"UFO"}"#,
    ErrorCode::BadMessage,
    "vehicleType must be one of AMR"
)]
#[case(
    r#"{"type":"subscribeAll","filter":{"moving":1}}"#,
    ErrorCode::BadMessage,
    "filter.moving must be true or false"
)]
#[case(
    r#"{"type":"subscribeRegistry","filter":{}}"#,
    ErrorCode::BadMessage,
    "filter applies to subscribeAll, subscribeType and subscribeGroup only"
)]
#[case(
    r#"{"type":"subscribeType","vehicleType":"AMR","filter":[]}"#,
    ErrorCode::BadMessage,
    "filter must be an object"
)]
#[case(
    r#"{"type":"configure","mode":"fast"}"#,
    ErrorCode::BadMessage,
    "mode must be full or delta"
)]
#[case(
    r#"{"type":"configure","intervalMs":10001}"#,
    ErrorCode::BadMessage,
    "intervalMs must be an integer"
)]
#[case(
    r#"{"type":"configure","intervalMs":-1}"#,
    ErrorCode::BadMessage,
    "intervalMs must be an integer"
)]
#[case(
    r#"{"type":"configure","intervalMs":"1"}"#,
    ErrorCode::BadMessage,
    "intervalMs must be an integer"
)]
fn errors_name_the_invalid_field(#[case] text: &str, #[case] code: ErrorCode, #[case] fault: &str) {
    let found = Request::parse(text).expect_err("the message is invalid");
    assert_eq!(found.code, code);
    assert!(found.message.contains(fault), "{}", found.message);
}

#[test]
fn message_pack_has_the_same_messages() {
    let message =
        json!({"type": "subscribeAll", "id": 7, "filter": {"moving": true, "bbox": [0, -1.5, 2, 3]}});
    let bytes = rmp_serde::to_vec_named(&message).expect("MessagePack");
    assert_eq!(
        Request::parse_message_pack(&bytes),
        Request::parse(&message.to_string())
    );
}

#[rstest]
#[case(&[], "must be a MessagePack map")]
#[case(&[0x91, 0xA4, b'p', b'i', b'n', b'g'], "must be a MessagePack map")]
#[case(&[0x81, 0xA4, b't', b'y', b'p', b'e'], "must be a valid MessagePack map")]
#[case(&[0x81, 0x01, 0x02], "type must be a string")]
#[case(b"\x81\xA4type\xA4ping\x00", "must be one MessagePack map")]
#[case(b"\x81\xA4type\x07", "type must be a string")]
fn invalid_message_pack_is_rejected(#[case] bytes: &[u8], #[case] expected: &str) {
    let fault = Request::parse_message_pack(bytes).expect_err("the message is invalid");
    assert!(fault.message.contains(expected), "{}", fault.message);
}

#[test]
fn deeply_nested_message_pack_is_rejected() {
    let mut bytes = b"\x82\xA4type\xA4ping\xA2id".to_vec();
    bytes.extend_from_slice(&[0x91; 60_000]);
    bytes.push(0);
    let fault = Request::parse_message_pack(&bytes).expect_err("the message is invalid");
    assert_eq!(fault.code, ErrorCode::BadMessage);
}

#[test]
fn a_whole_float_as_id_is_repeated_unchanged() {
    let request = Request::parse(r#"{"id":7.0,"type":"ping"}"#).expect("the message is valid");
    assert_eq!(request.id, Some(json!(7.0)));
}

#[rstest]
#[case("100.5")]
#[case("1e300")]
#[case("10001.0")]
fn an_interval_is_a_whole_number_in_its_range(#[case] interval: &str) {
    let text = format!(r#"{{"type":"configure","intervalMs":{interval}}}"#);
    let found = Request::parse(&text).expect_err("the interval is invalid");
    assert!(
        found.message.contains("intervalMs must be an integer"),
        "{}",
        found.message
    );
}

#[test]
fn an_error_repeats_the_id_of_its_message() {
    let fault = Request::parse(r#"{"id":"a1","type":"dance"}"#).expect_err("the type is unknown");
    assert_eq!(fault.id, Some(json!("a1")));
}

proptest! {
    #[test]
    fn arbitrary_text_is_parsed_or_rejected(text in "\\PC{0,200}") {
        let _ = Request::parse(&text);
    }
}

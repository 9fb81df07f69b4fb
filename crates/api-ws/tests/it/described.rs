//! Comparison of the AsyncAPI document with the messages that are actually exchanged.

use std::{collections::BTreeSet, path::Path};

use api_ws::asyncapi;
use domain::vehicle::{Vehicle, VehicleStatus, Version};
use rstest::rstest;
use serde_json::{Value, json};
use time::OffsetDateTime;

use crate::{
    schema,
    support::{Client, TestGateway, options},
};

#[test]
fn the_committed_asyncapi_document_is_up_to_date() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/asyncapi.yaml");
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        kept == asyncapi::yaml(),
        "docs/asyncapi.yaml is out of date: run `just asyncapi`"
    );
}

/// The AsyncAPI document, with methods that check values against its schemas.
struct Document(Value);

impl Document {
    fn read() -> Self {
        Self(serde_json::from_str(asyncapi::json()).expect("the document is JSON"))
    }

    /// Returns the faults of a value that should match a named schema.
    fn faults(&self, name: &str, value: &Value) -> Vec<String> {
        assert!(
            self.0["components"]["schemas"][name].is_object(),
            "{name} is not described"
        );
        let schema = &self.0["components"]["schemas"][name];
        schema::faults(&self.0, schema, value)
    }

    /// Returns the schema names of the messages that the server sends or receives.
    fn kinds(&self, action: &str) -> BTreeSet<String> {
        let operations = self.0["operations"].as_object().expect("operations");
        let of_action = operations
            .values()
            .filter(|operation| operation["action"] == action);
        let replies = operations.values().filter(|_| action == "send");
        of_action
            .flat_map(|operation| references(&operation["messages"]))
            .chain(replies.flat_map(|operation| references(&operation["reply"]["messages"])))
            .collect()
    }

    /// Returns the schema names of a batch's events.
    fn events(&self) -> BTreeSet<String> {
        references(&self.0["components"]["schemas"]["Event"]["oneOf"]).collect()
    }
}

/// Returns the last path segment of each reference.
fn references(list: &Value) -> impl Iterator<Item = String> {
    let references = list.as_array().cloned().unwrap_or_default();
    references.into_iter().map(|reference| {
        let reference = reference["$ref"].as_str().expect("a reference");
        reference.rsplit('/').next().expect("a name").to_owned()
    })
}

fn type_name(message: &Value) -> String {
    let kind = message["type"].as_str().expect("a type");
    kind[..1].to_uppercase() + &kind[1..]
}

/// Records frames until one of them, or one of its events, satisfies the condition.
async fn record(client: &mut Client, all: &mut Vec<Value>, is_it: impl Fn(&Value) -> bool) {
    loop {
        let frame = client.next_json().await;
        let events = frame["events"].as_array().cloned().unwrap_or_default();
        let is_found = is_it(&frame) || events.iter().any(&is_it);
        all.push(frame);
        if is_found {
            return;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_frame_matches_the_document() {
    let gateway = TestGateway::start(options()).await;
    let offer = format!("fleetwatch.v1.json, bearer.{}", gateway.administrator.token);
    let client = gateway.try_connect(&[("Sec-WebSocket-Protocol", &offer)]).await;
    let (mut client, mut all) = (client.expect("the handshake succeeds"), Vec::new());
    let of_kind = |kind: &'static str| move |message: &Value| message["type"] == kind;
    record(&mut client, &mut all, of_kind("welcome")).await;

    let (first, second) = (gateway.vehicle(true), gateway.vehicle(true));
    for asked in [
        json!({"type": "subscribeRegistry", "id": "r"}),
        json!({"type": "subscribeAll", "id": 1}),
    ] {
        client.say(asked).await;
        record(&mut client, &mut all, of_kind("subscribed")).await;
    }
    gateway.send_state(first.id, VehicleStatus::Error, &["E1"]);
    record(&mut client, &mut all, of_kind("stateUpdate")).await;
    for id in [first.id, second.id] {
        gateway.send_position(id, 1.5);
        record(&mut client, &mut all, move |event| {
            event["type"] == "positionUpdate" && event["vehicleId"] == id.to_string()
        })
        .await;
    }
    for asked in [
        json!({"type": "subscribeVehicle", "vehicleId": first.id.to_string()}),
        json!({"type": "subscribeType", "vehicleType": "AMR"}),
        json!({"type": "configure", "intervalMs": 0, "mode": "full", "id": "c"}),
        json!({"type": "auth", "token": gateway.administrator.token.as_str()}),
        json!({"type": "ping", "id": -1}),
        json!({"type": "dance"}),
        json!({"type": "subscribeAlerts", "id": 2}),
    ] {
        client.say(asked).await;
    }
    for kind in ["configured", "authenticated", "pong", "error", "error"] {
        record(&mut client, &mut all, of_kind(kind)).await;
    }
    client.say(json!({"type": "configure", "mode": "delta"})).await;
    record(&mut client, &mut all, of_kind("configured")).await;
    for x in [1.25, 1.75] {
        gateway.send_position(first.id, x);
        let has_x = move |event: &Value| event["position"]["x"] == x;
        record(&mut client, &mut all, has_x).await;
    }
    client.say(json!({"type": "unsubscribeAll"})).await;
    record(&mut client, &mut all, of_kind("vehicleLeft")).await;
    gateway.vehicle(false);
    record(&mut client, &mut all, of_kind("vehicleAdded")).await;
    gateway.live.upsert(&Vehicle {
        version: Version::from_i64(2),
        is_enabled: false,
        ..first.clone()
    });
    let start = all.len();
    record(&mut client, &mut all, of_kind("vehicleUpdated")).await;
    let is_removed = |frame: &Value| frame.to_string().contains("vehicleRemoved");
    if !all[start..].iter().any(is_removed) {
        record(&mut client, &mut all, of_kind("vehicleRemoved")).await;
    }
    gateway.live.upsert(&Vehicle {
        version: Version::from_i64(3),
        deleted_at: Some(OffsetDateTime::UNIX_EPOCH),
        ..second.clone()
    });
    record(&mut client, &mut all, of_kind("vehicleDeleted")).await;
    for is_up in [false, true] {
        gateway.live.set_feed(is_up);
        record(&mut client, &mut all, of_kind("feed")).await;
    }

    let document = Document::read();
    let (mut kinds, mut events) = (BTreeSet::new(), BTreeSet::new());
    for frame in &all {
        let name = type_name(frame);
        assert_eq!(document.faults(&name, frame), [""; 0], "{frame}");
        kinds.insert(name);
        for event in frame["events"].as_array().into_iter().flatten() {
            let name = type_name(event);
            assert_eq!(document.faults(&name, event), [""; 0], "{event}");
            events.insert(name);
        }
    }
    assert_eq!(kinds, document.kinds("send"), "every documented message was sent");
    assert_eq!(events, document.events(), "every documented event was sent");
}

#[rstest]
#[case(json!({"type": "subscribeVehicle", "vehicleId": "0190a5f2-7c1e-7d54-9a3b-2f6c8e1d4b70"}))]
#[case(json!({"type": "unsubscribeVehicle", "vehicleId": "0190a5f2-7c1e-7d54-9a3b-2f6c8e1d4b70", "id": 1}))]
#[case(json!({"type": "subscribeVehicle"}))]
#[case(json!({"type": "subscribeVehicle", "vehicleId": 7}))]
#[case(json!({"type": "subscribeAll"}))]
#[case(json!({"type": "subscribeAll", "id": null}))]
#[case(json!({"type": "subscribeAll", "id": 1.5}))]
#[case(json!({"type": "subscribeAll", "id": "x".repeat(129)}))]
#[case(json!({"type": "subscribeAll", "filter": {}}))]
#[case(json!({"type": "unsubscribeAll", "id": "a"}))]
#[case(json!({"type": "subscribeType", "vehicleType": "AGV"}))]
#[case(json!({"type": "subscribeType", "vehicleType": "UFO"}))]
#[case(json!({"type": "unsubscribeType", "vehicleType": "OHT"}))]
#[case(json!({"type": "unsubscribeType"}))]
#[case(json!({"type": "subscribeRegistry"}))]
#[case(json!({"type": "unsubscribeRegistry"}))]
#[case(json!({"type": "configure"}))]
#[case(json!({"type": "configure", "intervalMs": 10_000, "mode": "full"}))]
#[case(json!({"type": "configure", "intervalMs": 10_001}))]
#[case(json!({"type": "configure", "intervalMs": -1}))]
#[case(json!({"type": "configure", "mode": "delta"}))]
#[case(json!({"type": "configure", "mode": "fast"}))]
#[case(json!({"type": "subscribeAll", "filter": {"statuses": ["MOVING"], "moving": true, "mapId": "a", "bbox": [0, 0.5, 1, 2]}}))]
#[case(json!({"type": "subscribeAll", "filter": {"statuses": []}}))]
#[case(json!({"type": "subscribeAll", "filter": {"statuses": ["FLYING"]}}))]
#[case(json!({"type": "subscribeType", "vehicleType": "AGV", "filter": {"bbox": [0, 1, 2]}}))]
#[case(json!({"type": "subscribeAll", "filter": {"speed": 1}}))]
#[case(json!({"type": "subscribeAll", "filter": 7}))]
#[case(json!({"type": "subscribeRegistry", "filter": {}}))]
#[case(json!({"type": "auth", "token": "a.b.c"}))]
#[case(json!({"type": "auth"}))]
#[case(json!({"type": "ping"}))]
#[case(json!({"type": "dance"}))]
#[case(json!({"type": 7}))]
#[case(json!(["ping"]))]
#[tokio::test(flavor = "multi_thread")]
async fn exactly_the_documented_messages_are_accepted(#[case] message: Value) {
    let document = Document::read();
    let kinds = document.kinds("receive");
    let is_described = kinds
        .iter()
        .any(|name| document.faults(name, &message).is_empty());
    let gateway = TestGateway::start(options()).await;
    let mut client = gateway.connect().await;
    let answer = client.ask(message.clone()).await;
    let is_refused = ["BAD_MESSAGE", "UNKNOWN_TYPE", "NOT_SUPPORTED"]
        .iter()
        .any(|code| answer["code"] == *code);
    assert_eq!(is_described, !is_refused, "{message}: {answer}");
}

//! Queries for a vehicle's live data.

use std::{sync::Arc, time::Duration};

use adapters_memory::bridge_heartbeats::MemoryBridgeHeartbeats;
use api_graphql::GraphqlOptions;
use serde_json::json;

use crate::{
    stage::{Stage, UNKNOWN_ID},
    stores::Stores,
};

#[tokio::test]
async fn a_position_is_returned_as_reported() {
    let stage = Stage::new().await;
    let id = stage.enabled_forklift("Lift 1").await;
    stage.robot_is_at(&id, 12.25);
    let query = "query($id: ID!) {
        vehiclePosition(vehicleId: $id) { x y z heading rotation { x y z w } timestamp mapId }
    }";
    let position = stage.data(query, json!({"id": id})).await["vehiclePosition"].take();
    assert_eq!(
        (&position["x"], &position["y"], &position["z"]),
        (&json!(12.25), &json!(-2.5), &json!(0.0))
    );
    assert!((position["heading"].as_f64().expect("a number") - 90.0).abs() < 1e-9);
    assert_eq!(position["rotation"]["x"], 0.0);
    assert_eq!(position["mapId"], "floor-1");
    assert!(position["timestamp"].as_str().expect("a time").ends_with('Z'));
}

#[tokio::test]
async fn a_state_is_returned_as_reported() {
    let stage = Stage::new().await;
    let id = stage.enabled_forklift("Lift 1").await;
    stage.robot_is_full_to(&id, 87.5);
    let query = "query($id: ID!) {
        vehicleRuntimeState(vehicleId: $id) { currentSpeed batteryLevel currentLoad temperature errorCodes }
    }";
    let expected = json!({
        "currentSpeed": 0.5, "batteryLevel": 87.5, "currentLoad": null, "temperature": null, "errorCodes": ["E042"],
    });
    assert_eq!(
        stage.data(query, json!({"id": id})).await["vehicleRuntimeState"],
        expected
    );
}

#[tokio::test]
async fn data_not_yet_known_is_null_and_an_unknown_vehicle_is_not_found() {
    let stage = Stage::new().await;
    let id = stage.forklift("Lift 1").await;
    let query = "query($id: ID!) {
        vehiclePosition(vehicleId: $id) { x }
        vehicleRuntimeState(vehicleId: $id) { batteryLevel }
    }";
    let unknown_yet = json!({"vehiclePosition": null, "vehicleRuntimeState": null});
    assert_eq!(stage.data(query, json!({"id": id})).await, unknown_yet);

    let (status, answer) = stage
        .post(&json!({"query": query, "variables": {"id": UNKNOWN_ID}}))
        .await;
    assert_eq!((status, &answer["data"]), (200, &unknown_yet));
    let codes: Vec<_> = answer["errors"]
        .as_array()
        .expect("errors")
        .iter()
        .map(|error| &error["extensions"]["code"])
        .collect();
    assert_eq!(codes, ["NOT_FOUND", "NOT_FOUND"]);
    assert_eq!(answer["errors"][0]["path"], json!(["vehiclePosition"]));
}

#[tokio::test]
async fn a_vehicle_includes_its_live_data() {
    let stage = Stage::new().await;
    let id = stage.enabled_forklift("Lift 1").await;
    stage.robot_is_at(&id, 12.25);
    stage.robot_is_full_to(&id, 87.5);
    let query = "query($id: ID!) { vehicle(id: $id) {
        organizationId position { x heading } runtimeState { batteryLevel errorCodes } connectionStatus
        mapping { vehicleId redisKey lastSyncTime syncStatus connectionStatus } groups { id }
    } }";
    let mut vehicle = stage.data(query, json!({"id": id})).await["vehicle"].take();
    vehicle["position"]["heading"].take();
    let expected = json!({
        "organizationId": "00000000-0000-7000-8000-000000000001",
        "position": {"x": 12.25, "heading": null},
        "runtimeState": {"batteryLevel": 87.5, "errorCodes": ["E042"]},
        "connectionStatus": "CONNECTED",
        "mapping": {
            "vehicleId": id, "redisKey": format!("vehicle:{{{id}}}"), "lastSyncTime": null,
            "syncStatus": "OUT_OF_SYNC", "connectionStatus": "CONNECTED",
        },
        "groups": [],
    });
    assert_eq!(vehicle, expected);
}

#[tokio::test]
async fn the_mapping_includes_the_bridge_of_the_vehicle() {
    let heartbeats = Arc::new(MemoryBridgeHeartbeats::default());
    let stores = Stores::default().with(|ports| ports.bridges = heartbeats.clone());
    let stage = Stage::on(GraphqlOptions::default(), stores).await;
    let listed = stage.enabled_forklift("Lift 1").await;
    let other = stage.enabled_forklift("Lift 2").await;
    let robot = json!({
        "vehicleId": listed, "status": "no_data", "reason": "no Odometry yet", "since": 1_732_333_333_123_i64,
        "clockOffsetMs": -12.5,
    });
    let heartbeat = json!({"robots": [robot]}).to_string();
    heartbeats.store(b"hall-1", heartbeat.as_bytes(), Some(Duration::from_secs(15)));
    let query = "query($listed: ID!, $other: ID!) {
        listed: vehicle(id: $listed) { mapping { bridge { name status reason since clockOffsetMs } } }
        other: vehicle(id: $other) { mapping { bridge { name } } }
    }";
    let vehicles = stage.data(query, json!({"listed": listed, "other": other})).await;
    let bridge = json!({
        "name": "hall-1", "status": "no_data", "reason": "no Odometry yet", "since": "2024-11-23T03:42:13.123Z",
        "clockOffsetMs": -12.5,
    });
    let expected = json!({"listed": {"mapping": {"bridge": bridge}}, "other": {"mapping": {"bridge": null}}});
    assert_eq!(vehicles, expected);
}

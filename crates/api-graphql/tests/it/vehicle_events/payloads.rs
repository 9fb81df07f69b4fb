//! The vehicle in each payload, and the cost of its fields.

use std::sync::Arc;

use api_graphql::GraphqlOptions;

use super::*;
use crate::probe::Probe;

#[tokio::test]
async fn every_payload_has_the_current_vehicle() {
    let stage = stage().await;
    let id = stage.enabled_forklift("Lift 1").await;
    stage.robot_is_at(&id, 1.0);
    let vehicle =
        "vehicle { __typename id name status version position { x } connectionStatus groups { name } }";
    let mut position = stage.connect().await;
    let query = format!("subscription {{ vehiclePositionUpdated {{ vehicleId {vehicle} }} }}");
    position.subscribe("a", &query, json!({})).await;
    let expected = |status: &str, x: f64| {
        json!({"vehicleId": id, "vehicle": {
            "__typename": "Forklift", "id": id, "name": "Lift 1", "status": status, "version": 2,
            "position": {"x": x}, "connectionStatus": "CONNECTED", "groups": [],
        }})
    };
    assert_eq!(
        position.next("a").await["vehiclePositionUpdated"],
        expected("IDLE", 1.0)
    );
    stage.robot_is_at(&id, 2.0);
    assert_eq!(
        position.next("a").await["vehiclePositionUpdated"],
        expected("IDLE", 2.0)
    );
    let mut change = stage.connect().await;
    let query = format!("subscription {{ vehicleStateChanged {{ vehicleId {vehicle} }} }}");
    watch(&mut change, &query, json!({})).await;
    stage.robot_is_moving(&id);
    assert_eq!(
        change.next("a").await["vehicleStateChanged"],
        expected("MOVING", 2.0)
    );
}

/// A moving robot causes ten events per second, so groups and live keys must be read less often than that.
#[tokio::test]
async fn many_events_with_all_fields_take_few_calls() {
    let probe = Arc::new(Probe::default());
    let mut stage = Stage::on(GraphqlOptions::default(), probe.stores()).await;
    stage.follow_the_registry().await;
    let (id, hall) = (
        stage.enabled_forklift("Lift 1").await,
        stage.group("Hall A").await,
    );
    stage.add_to_group(&hall, &id).await;
    stage.robot_is_at(&id, 0.0);
    let mut client = stage.connect().await;
    let query = "subscription { vehiclePositionUpdated { vehicle {
        position { x } runtimeState { batteryLevel } connectionStatus mapping { syncStatus } groups { name }
    } } }";
    client.subscribe("a", query, json!({})).await;
    client.next("a").await;
    probe.calls();
    let began = std::time::Instant::now();
    for x in 1..=20 {
        stage.robot_is_at(&id, f64::from(x));
        let vehicle = client.next("a").await["vehiclePositionUpdated"]["vehicle"].take();
        assert_eq!(
            (&vehicle["position"]["x"], &vehicle["groups"]),
            (&json!(f64::from(x)), &json!([{"name": "Hall A"}]))
        );
    }
    let calls = probe.calls();
    assert_eq!(calls.get("read of live keys"), None);
    let groups = calls.get("find_by_ids of groups").copied().unwrap_or_default();
    assert!(groups as u64 <= began.elapsed().as_secs() + 1, "{groups} calls");
}

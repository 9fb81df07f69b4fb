//! Events of the registry, over sockets.

use std::sync::{Arc, atomic::Ordering};

use api_graphql::GraphqlOptions;
use serde_json::{Value, json};

use crate::{
    probe::Probe,
    socket_client::Client,
    stage::{Stage, UNKNOWN_ID},
};

const CHANGES: &str = "subscription($id: ID) {
    vehicleStateChanged(vehicleId: $id) { vehicleId oldStatus newStatus at }
}";
const REMOVAL: &str = "subscription($id: ID!) { vehicleRemoved(id: $id) }";
const SET_STATUS: &str = "mutation($id: ID!, $status: VehicleStatus!) {
    updateVehicleStatus(id: $id, status: $status) { id }
}";
const DELETE: &str = "mutation($id: ID!) { deleteVehicle(id: $id) }";

async fn stage() -> Stage {
    let mut stage = Stage::new().await;
    stage.follow_the_registry().await;
    stage
}

/// Starts operations, and waits until all of them have started.
async fn watch(client: &mut Client, operations: &[(&str, &str, Value)]) {
    for (id, query, variables) in operations {
        client.subscribe(id, query, variables.clone()).await;
    }
    client.subscribe("begun", "{ __typename }", json!({})).await;
    client.next("begun").await;
    assert_eq!(client.receive().await, json!({"type": "complete", "id": "begun"}));
}

async fn set_status(stage: &Stage, id: &str, status: &str) {
    stage.data(SET_STATUS, json!({"id": id, "status": status})).await;
}

#[tokio::test]
async fn a_status_change_is_sent_to_subscribers_of_the_vehicle_and_of_all() {
    let stage = stage().await;
    let [one, two] = [
        stage.forklift("Lift 1").await,
        stage.enabled_forklift("Lift 2").await,
    ];
    let mut all = stage.connect().await;
    watch(&mut all, &[("all", CHANGES, json!({}))]).await;
    let mut only = stage.connect().await;
    watch(&mut only, &[("two", CHANGES, json!({"id": two}))]).await;

    set_status(&stage, &one, "CHARGING").await;
    set_status(&stage, &two, "STOPPED").await;
    check_change(&mut all, "all", &one, "CHARGING").await;
    check_change(&mut all, "all", &two, "STOPPED").await;
    check_change(&mut only, "two", &two, "STOPPED").await;
}

async fn check_change(client: &mut Client, id: &str, vehicle: &str, status: &str) {
    let mut change = client.next(id).await["vehicleStateChanged"].take();
    assert!(
        change["at"]
            .take()
            .as_str()
            .is_some_and(|time| time.ends_with('Z'))
    );
    let expected = json!({"vehicleId": vehicle, "oldStatus": "IDLE", "newStatus": status, "at": null});
    assert_eq!(change, expected);
}

#[tokio::test]
async fn a_status_reported_by_a_robot_is_a_change() {
    let stage = stage().await;
    let id = stage.enabled_forklift("Lift 1").await;
    let mut client = stage.connect().await;
    watch(&mut client, &[("a", CHANGES, json!({}))]).await;
    stage.robot_is_moving(&id);
    let change = client.next("a").await["vehicleStateChanged"].take();
    assert_eq!(
        (&change["oldStatus"], &change["newStatus"]),
        (&json!("IDLE"), &json!("MOVING"))
    );
}

#[tokio::test]
async fn a_new_vehicle_is_sent_with_all_its_data() {
    let stage = stage().await;
    let mut client = stage.connect().await;
    let query = "subscription { vehicleAdded {
        __typename name isEnabled position { x } runtimeState { batteryLevel } connectionStatus
        mapping { redisKey } groups { name } ... on Forklift { liftHeight }
    } }";
    watch(&mut client, &[("a", query, json!({}))]).await;
    for name in ["Lift 1", "Lift 2"] {
        stage.forklift(name).await;
        let expected = json!({
            "__typename": "Forklift", "name": name, "isEnabled": false, "position": null, "runtimeState": null,
            "connectionStatus": "DISCONNECTED", "mapping": null, "groups": [], "liftHeight": null,
        });
        assert_eq!(client.next("a").await["vehicleAdded"], expected);
    }
}

/// An error in any field would replace the whole event with null.
#[tokio::test]
async fn unavailable_data_of_a_new_vehicle_is_null_without_an_error() {
    let probe = Arc::new(Probe::default());
    let mut stage = Stage::on(GraphqlOptions::default(), probe.stores()).await;
    stage.follow_the_registry().await;
    let mut client = stage.connect().await;
    let query = "subscription { vehicleAdded { name position { x } connectionStatus groups { name } } }";
    watch(&mut client, &[("a", query, json!({}))]).await;
    probe.is_away.store(true, Ordering::Relaxed);
    stage.forklift("Lift 1").await;
    let expected = json!({"name": "Lift 1", "position": null, "connectionStatus": null, "groups": []});
    assert_eq!(client.next("a").await["vehicleAdded"], expected);
}

#[tokio::test]
async fn a_removal_is_sent_and_completes_the_subscription() {
    let stage = stage().await;
    let [one, two] = [stage.forklift("Lift 1").await, stage.forklift("Lift 2").await];
    let mut client = stage.connect().await;
    watch(&mut client, &[("a", REMOVAL, json!({"id": two}))]).await;
    stage.data(DELETE, json!({"id": one})).await;
    stage.data(DELETE, json!({"id": two})).await;
    assert_eq!(client.next("a").await, json!({"vehicleRemoved": two}));
    assert_eq!(client.receive().await, json!({"type": "complete", "id": "a"}));
}

#[tokio::test]
async fn a_subscription_to_an_unknown_vehicle_is_rejected() {
    let stage = stage().await;
    let mut client = stage.connect().await;
    for (query, field) in [(CHANGES, "vehicleStateChanged"), (REMOVAL, "vehicleRemoved")] {
        client.subscribe("a", query, json!({"id": UNKNOWN_ID})).await;
        let answer = client.receive().await;
        assert_eq!(
            (&answer["type"], &answer["payload"]["data"]),
            (&json!("next"), &json!(null))
        );
        let error = &answer["payload"]["errors"][0];
        assert_eq!(
            (&error["extensions"]["code"], &error["path"]),
            (&json!("NOT_FOUND"), &json!([field]))
        );
        assert_eq!(client.receive().await, json!({"type": "complete", "id": "a"}));
    }
    client.subscribe("a", REMOVAL, json!({"id": "seven"})).await;
    assert_eq!(
        client.receive().await["payload"]["errors"][0]["extensions"]["code"],
        "BAD_USER_INPUT"
    );
}

/// A server that was disconnected for longer than the log is kept can't know what it has missed.
#[tokio::test]
async fn a_subscription_that_has_lost_events_ends_with_an_error() {
    let probe = Arc::new(Probe::default());
    let mut stage = Stage::on(GraphqlOptions::default(), probe.stores()).await;
    stage.follow_the_registry().await;
    let id = stage.forklift("Lift 1").await;
    let mut client = stage.connect().await;
    let operations = [
        ("changes", CHANGES, json!({})),
        ("removal", REMOVAL, json!({"id": id})),
    ];
    watch(&mut client, &operations).await;
    set_status(&stage, &id, "STOPPED").await;
    client.next("changes").await;
    probe.log_goes_on_too_late.store(true, Ordering::Relaxed);

    let mut messages = Vec::new();
    for _ in 0..4 {
        let message = client.receive().await;
        if message["type"] == "next" {
            assert_eq!(message["payload"]["data"], json!(null), "{message}");
            let error = &message["payload"]["errors"][0];
            assert_eq!(
                error["extensions"],
                json!({"code": "UNAVAILABLE", "retryAfterMs": 1000})
            );
            let text = error["message"].as_str().expect("a text");
            assert!(text.contains("events were lost"), "{text}");
        }
        messages.push((message["id"].clone(), message["type"].clone()));
    }
    for id in ["changes", "removal"] {
        let kinds = messages.iter().filter(|(of, _)| of == id).map(|(_, kind)| kind);
        assert_eq!(kinds.collect::<Vec<_>>(), ["next", "complete"]);
    }
}

//! Changes of vehicles and of their connections.

use super::*;
use crate::stage::UNKNOWN_ID;

#[tokio::test]
async fn all_events_of_a_vehicle_are_sent_in_order() {
    let stage = stage().await;
    let mut client = stage.connect().await;
    watch(&mut client, EVENTS, json!({})).await;
    let id = stage.forklift("Lift 1").await;
    assert_eq!(event(&mut client).await, added(&id, "Lift 1", false));
    stage.data(ENABLE, json!({"id": id})).await;
    assert_eq!(event(&mut client).await, updated(&id, "Lift 1", true));
    stage.data(RENAME, json!({"id": id, "name": "Lift 2"})).await;
    assert_eq!(event(&mut client).await, updated(&id, "Lift 2", true));
    stage
        .data(SET_STATUS, json!({"id": id, "status": "STOPPED"}))
        .await;
    let stopped = json!({
        "__typename": "VehicleStateChange", "vehicleId": id, "oldStatus": "IDLE", "newStatus": "STOPPED",
        "vehicle": {"id": id, "status": "STOPPED"},
    });
    assert_eq!(event(&mut client).await, stopped);

    stage.robot_is_full_to(&id, 80.0);
    let raised = json!({
        "__typename": "VehicleErrorRaised", "vehicleId": id, "errorCode": "E042",
        "message": "the vehicle reports E042", "vehicle": {"id": id},
    });
    let connected = json!({
        "__typename": "VehicleConnectionChange", "vehicleId": id, "connectionStatus": "CONNECTED",
        "reason": "message received", "vehicle": {"id": id, "connectionStatus": "CONNECTED"},
    });
    let both = [event(&mut client).await, event(&mut client).await];
    assert!(both.contains(&raised) && both.contains(&connected), "{both:?}");

    stage.robot_is_moving(&id);
    let moving = json!({
        "__typename": "VehicleStateChange", "vehicleId": id, "oldStatus": "STOPPED", "newStatus": "MOVING",
        "vehicle": {"id": id, "status": "MOVING"},
    });
    assert_eq!(event(&mut client).await, moving);
    stage.data(DISABLE, json!({"id": id})).await;
    // The status that the robot reported was not recorded, so the registry's is in effect again.
    let reset = json!({
        "__typename": "VehicleStateChange", "vehicleId": id, "oldStatus": "MOVING", "newStatus": "STOPPED",
        "vehicle": {"id": id, "status": "STOPPED"},
    });
    assert_eq!(event(&mut client).await, reset);
    assert_eq!(event(&mut client).await, updated(&id, "Lift 2", false));
    assert_eq!(event(&mut client).await, removed(&id, "DISABLED"));
    stage.data(DELETE, json!({"id": id})).await;
    assert_eq!(event(&mut client).await, removed(&id, "DELETED"));
    nothing_more(&mut client).await;
}

#[tokio::test]
async fn a_filter_follows_vehicles_as_they_change() {
    let stage = stage().await;
    let (id, hall) = (stage.forklift("Lift 1").await, stage.group("Hall A").await);
    let mut watchers = Vec::new();
    for filter in [
        json!({"enabled": true}),
        json!({"enabled": false}),
        json!({"search": "special"}),
        json!({"groupId": hall}),
        json!({"status": "STOPPED", "type": "FORKLIFT"}),
        json!({"type": "AMR"}),
        json!({"search": ""}),
    ] {
        let mut client = stage.connect().await;
        watch(&mut client, EVENTS, json!({"filter": filter})).await;
        watchers.push(client);
    }
    stage.data(ENABLE, json!({"id": id})).await;
    stage.data(DISABLE, json!({"id": id})).await;
    stage.data(RENAME, json!({"id": id, "name": "Special 1"})).await;
    stage.data(RENAME, json!({"id": id, "name": "Lift 1"})).await;
    stage.add_to_group(&hall, &id).await;
    stage.data(LEAVE, json!({"group": hall, "vehicle": id})).await;
    stage
        .data(SET_STATUS, json!({"id": id, "status": "STOPPED"}))
        .await;
    stage.data(SET_STATUS, json!({"id": id, "status": "IDLE"})).await;

    let [enabled, disabled, special, grouped, stopped, amr, all] = watchers.try_into().ok().expect("seven");
    check_events(enabled, &[added(&id, "Lift 1", true), removed(&id, "DISABLED")]).await;
    check_first_events(
        disabled,
        &[removed(&id, "OUT_OF_SCOPE"), added(&id, "Lift 1", false)],
    )
    .await;
    check_events(
        special,
        &[added(&id, "Special 1", false), removed(&id, "OUT_OF_SCOPE")],
    )
    .await;
    check_events(
        grouped,
        &[added(&id, "Lift 1", false), removed(&id, "OUT_OF_SCOPE")],
    )
    .await;
    check_events(
        stopped,
        &[added(&id, "Lift 1", false), removed(&id, "OUT_OF_SCOPE")],
    )
    .await;
    check_events(amr, &[]).await;
    check_first_events(
        all,
        &[
            updated(&id, "Lift 1", true),
            updated(&id, "Lift 1", false),
            removed(&id, "DISABLED"),
        ],
    )
    .await;
}

async fn check_first_events(mut client: Client, expected: &[Value]) {
    for expected in expected {
        assert_eq!(event(&mut client).await, *expected);
    }
}

async fn check_events(mut client: Client, expected: &[Value]) {
    for expected in expected {
        assert_eq!(event(&mut client).await, *expected);
    }
    nothing_more(&mut client).await;
}

#[tokio::test]
async fn connection_changes_are_sent_for_one_vehicle_or_for_all() {
    let stage = stage().await;
    let [one, two] = [
        stage.enabled_forklift("Lift 1").await,
        stage.enabled_forklift("Lift 2").await,
    ];
    let query = "subscription($id: ID) { vehicleConnectionChanged(vehicleId: $id) {
        vehicleId connectionStatus reason since vehicle { name }
    } }";
    let (mut all, mut only) = (stage.connect().await, stage.connect().await);
    watch(&mut all, query, json!({})).await;
    watch(&mut only, query, json!({"id": two})).await;
    stage.robot_is_at(&one, 1.0);
    stage.robot_is_at(&two, 1.0);
    for (client, expected) in [
        (&mut all, vec![(&one, "Lift 1"), (&two, "Lift 2")]),
        (&mut only, vec![(&two, "Lift 2")]),
    ] {
        for (id, name) in expected {
            let mut change = client.next("a").await["vehicleConnectionChanged"].take();
            assert!(
                change["since"]
                    .take()
                    .as_str()
                    .is_some_and(|time| time.ends_with('Z'))
            );
            let expected = json!({
                "vehicleId": id, "connectionStatus": "CONNECTED", "reason": "message received", "since": null,
                "vehicle": {"name": name},
            });
            assert_eq!(change, expected);
        }
        nothing_more(client).await;
    }
    let mut client = stage.connect().await;
    client.subscribe("a", query, json!({"id": UNKNOWN_ID})).await;
    assert_eq!(
        client.receive().await["payload"]["errors"][0]["extensions"]["code"],
        "NOT_FOUND"
    );
}

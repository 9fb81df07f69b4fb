//! Operations on sockets.

use std::{
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use api_graphql::{GraphqlOptions, SocketOptions};
use rstest::rstest;
use serde_json::json;
use tokio_tungstenite::tungstenite::Message;

use crate::{
    probe::Probe,
    stage::{Stage, UNKNOWN_ID},
};

const WATCH_ALL: &str = "subscription { vehiclePositionUpdated { vehicleId position { x } } }";
const WATCH: &str =
    "subscription($id: ID) { vehiclePositionUpdated(vehicleId: $id) { vehicleId position { x } } }";

#[tokio::test]
async fn a_subscription_starts_with_known_positions_and_continues_with_changes() {
    let stage = Stage::new().await;
    let (one, two) = (
        stage.enabled_forklift("Lift 1").await,
        stage.enabled_forklift("Lift 2").await,
    );
    stage.robot_is_at(&one, 1.0);
    stage.robot_is_full_to(&one, 80.0);
    let mut client = stage.connect().await;
    let query = "subscription { vehiclePositionUpdated {
        vehicleId position { x y heading mapId timestamp } state { batteryLevel errorCodes }
    } }";
    client.subscribe("all", query, json!({})).await;
    let mut first = client.next("all").await["vehiclePositionUpdated"].take();
    assert!(
        first["position"]["timestamp"]
            .take()
            .as_str()
            .is_some_and(|time| time.ends_with('Z'))
    );
    assert!((first["position"]["heading"].take().as_f64().expect("a number") - 90.0).abs() < 1e-9);
    let expected = json!({
        "vehicleId": one,
        "position": {"x": 1.0, "y": -2.5, "heading": null, "mapId": "floor-1", "timestamp": null},
        "state": {"batteryLevel": 80.0, "errorCodes": ["E042"]},
    });
    assert_eq!(first, expected);

    stage.robot_is_at(&two, 2.0);
    let second = client.next("all").await["vehiclePositionUpdated"].take();
    assert_eq!(
        (&second["vehicleId"], &second["state"]),
        (&json!(two), &json!(null))
    );
}

#[tokio::test]
async fn a_subscription_to_one_vehicle_can_be_cancelled() {
    let stage = Stage::new().await;
    let (one, two) = (
        stage.enabled_forklift("Lift 1").await,
        stage.enabled_forklift("Lift 2").await,
    );
    let mut client = stage.connect().await;
    client.subscribe("a", WATCH, json!({"id": two})).await;
    client.subscribe("sync", "{ __typename }", json!({})).await;
    client.next("sync").await;
    assert_eq!(client.receive().await, json!({"type": "complete", "id": "sync"}));
    stage.robot_is_at(&one, 1.0);
    stage.robot_is_at(&two, 2.0);
    assert_eq!(
        client.next("a").await["vehiclePositionUpdated"],
        json!({"vehicleId": two, "position": {"x": 2.0}})
    );

    client.send_json(json!({"type": "complete", "id": "a"})).await;
    client.subscribe("a", WATCH, json!({"id": one})).await;
    assert_eq!(
        client.next("a").await["vehiclePositionUpdated"]["vehicleId"],
        json!(one),
        "the id is free again"
    );
    stage.robot_is_at(&two, 3.0);
    stage.robot_is_at(&one, 4.0);
    assert_eq!(
        client.next("a").await["vehiclePositionUpdated"],
        json!({"vehicleId": one, "position": {"x": 4.0}})
    );
}

#[tokio::test]
async fn a_subscription_to_an_unknown_vehicle_is_rejected() {
    let stage = Stage::new().await;
    let mut client = stage.connect().await;
    client.subscribe("a", WATCH, json!({"id": UNKNOWN_ID})).await;
    let answer = client.receive().await;
    assert_eq!(
        answer["payload"]["errors"][0]["extensions"]["code"], "NOT_FOUND",
        "{answer}"
    );
    assert_eq!(client.receive().await, json!({"type": "complete", "id": "a"}));
}

#[tokio::test]
async fn a_slow_client_receives_fewer_newer_positions() {
    const UPDATES: u32 = 50_000;
    let stage = Stage::new().await;
    let id = stage.enabled_forklift("Lift 1").await;
    let mut client = stage.connect().await;
    client.subscribe("a", WATCH_ALL, json!({})).await;
    for x in 1..=UPDATES {
        stage.robot_is_at(&id, f64::from(x) / 1_000.0);
    }
    let mut seen = 0;
    loop {
        seen += 1;
        let update = client.next("a").await;
        if update["vehiclePositionUpdated"]["position"]["x"] == f64::from(UPDATES) / 1_000.0 {
            break;
        }
    }
    assert!(seen < UPDATES, "{seen} updates were received");
}

#[tokio::test]
async fn queries_and_mutations_are_answered_over_a_socket() {
    let stage = Stage::new().await;
    let id = stage.forklift("Lift 1").await;
    let mut client = stage.connect().await;
    client
        .subscribe(
            "1",
            "mutation($id: ID!) { enableVehicle(id: $id) { isEnabled } }",
            json!({"id": id}),
        )
        .await;
    assert_eq!(
        client.next("1").await,
        json!({"enableVehicle": {"isEnabled": true}})
    );
    assert_eq!(client.receive().await, json!({"type": "complete", "id": "1"}));
    client
        .subscribe("1", "{ b: __typename a: enabledVehicles { id } }", json!(null))
        .await;
    assert_eq!(client.next("1").await, json!({"b": "Query", "a": [{"id": id}]}));
    assert_eq!(client.receive().await, json!({"type": "complete", "id": "1"}));
}

#[rstest]
#[case("{", json!({}), "GRAPHQL_PARSE_FAILED")]
#[case("subscription { nonsense }", json!({}), "GRAPHQL_VALIDATION_FAILED")]
#[case(WATCH, json!({"id": {}}), "BAD_USER_INPUT")]
#[case("{ vehicles { nodes { specification { maxSpeed } } } }", json!({}), "QUERY_TOO_COMPLEX")]
#[case("{ vehicles(pagination: {first: 500}) { nodes { id name } } }", json!({}), "QUERY_TOO_COMPLEX")]
#[case("subscription { vehicleAdded { a: id b: id c: id } }", json!({}), "QUERY_TOO_COMPLEX")]
#[case("subscription { vehicleAdded { specification { maxSpeed } groups { id } } a: vehicleAdded { id } }", json!({}), "GRAPHQL_VALIDATION_FAILED")]
#[case("subscription { ...F } fragment F on Subscription { vehicleAdded { id } vehicleRemoved(id: \"x\") }", json!({}), "GRAPHQL_VALIDATION_FAILED")]
#[case("subscription { __typename }", json!({}), "GRAPHQL_VALIDATION_FAILED")]
#[case("subscription A { vehicleAdded { id } } subscription B { vehicleAdded { id } }", json!({}), "BAD_USER_INPUT")]
#[case(WATCH, json!({"id": [1]}), "BAD_USER_INPUT")]
#[tokio::test]
async fn an_invalid_operation_ends_with_an_error_message(
    #[case] query: &str,
    #[case] variables: serde_json::Value,
    #[case] code: &str,
) {
    let stage = Stage::with(GraphqlOptions {
        max_depth: 3,
        max_aliases: 2,
        max_complexity: 1_000,
        ..GraphqlOptions::default()
    })
    .await;
    let mut client = stage.connect().await;
    client.subscribe("1", query, variables).await;
    let error = client.receive().await;
    assert_eq!((&error["type"], &error["id"]), (&json!("error"), &json!("1")));
    assert_eq!(error["payload"][0]["extensions"]["code"], code, "{error}");
    client.subscribe("2", "{ __typename }", json!({})).await;
    client.next("2").await;
}

#[tokio::test]
async fn json_variables_are_accepted_over_a_socket() {
    let stage = Stage::new().await;
    let mut client = stage.connect().await;
    let query = "mutation($input: CreateVehicleInput!) {
        createVehicle(input: $input) { ... on AGV { lineFollowingConfig } }
    }";
    let input = json!({
        "name": "AGV 1", "type": "AGV", "manufacturer": "Acme",
        "specification": {"maxSpeed": 1.5, "maxLoad": 100, "batteryCapacity": 960},
        "agv": {"guideType": "WIRE", "lineFollowingConfig": {"gain": 0.5}},
    });
    client.subscribe("1", query, json!({"input": input})).await;
    assert_eq!(
        client.next("1").await,
        json!({"createVehicle": {"lineFollowingConfig": {"gain": 0.5}}})
    );
}

#[tokio::test]
async fn the_id_of_an_operation_in_progress_must_not_be_reused() {
    let stage = Stage::new().await;
    let mut client = stage.connect().await;
    client.subscribe("1", WATCH_ALL, json!({})).await;
    client.subscribe("1", WATCH_ALL, json!({})).await;
    assert_eq!(client.close_code().await, Some(4409));
}

#[tokio::test]
async fn the_number_of_operations_per_socket_is_limited() {
    let sockets = SocketOptions {
        max_operations: 2,
        ..SocketOptions::default()
    };
    let stage = Stage::with(GraphqlOptions {
        sockets,
        ..GraphqlOptions::default()
    })
    .await;
    let mut client = stage.connect().await;
    for id in ["1", "2", "3"] {
        client.subscribe(id, WATCH_ALL, json!({})).await;
    }
    let error = client.receive().await;
    assert_eq!((&error["type"], &error["id"]), (&json!("error"), &json!("3")));
    assert_eq!(error["payload"][0]["extensions"]["code"], "RATE_LIMITED");
    client.send_json(json!({"type": "complete", "id": "1"})).await;
    client.subscribe("3", "{ __typename }", json!({})).await;
    client.next("3").await;
}

#[tokio::test]
async fn a_duplicate_key_in_a_message_is_named() {
    let stage = Stage::new().await;
    let mut client = stage.connect().await;
    let message = r#"{"type": "subscribe", "id": "1", "payload": {
        "query": "{ __typename }", "variables": {"input": {"name": "a", "name": "b"}}
    }}"#;
    client.send(Message::text(message)).await;
    let error = client.receive().await;
    assert_eq!((&error["type"], &error["id"]), (&json!("error"), &json!("1")));
    assert_eq!(
        error["payload"][0]["extensions"]["fields"][0]["field"],
        "variables.input.name"
    );
}

#[tokio::test]
async fn a_fragment_may_select_the_root_field_of_a_subscription() {
    let stage = Stage::new().await;
    let id = stage.enabled_forklift("Lift 1").await;
    let mut client = stage.connect().await;
    let query =
        "subscription { ...F ...F } fragment F on Subscription { a: vehiclePositionUpdated { vehicleId } }";
    client.subscribe("1", query, json!({})).await;
    stage.robot_is_at(&id, 1.0);
    assert_eq!(client.next("1").await, json!({"a": {"vehicleId": id}}));
}

#[tokio::test]
async fn the_duration_of_an_operation_on_a_socket_is_limited() {
    let probe = Arc::new(Probe::default());
    let options = GraphqlOptions {
        timeout: Duration::from_millis(50),
        ..GraphqlOptions::default()
    };
    let stage = Stage::on(options, probe.stores()).await;
    probe.dawdle(Duration::from_secs(3_600));
    let mut client = stage.connect().await;
    client.subscribe("events", WATCH_ALL, json!({})).await;
    client
        .subscribe("slow", "{ enabledVehicles { id } }", json!({}))
        .await;
    let answer = client.receive().await;
    assert_eq!((&answer["type"], &answer["id"]), (&json!("next"), &json!("slow")));
    assert_eq!(
        answer["payload"]["errors"][0]["extensions"]["code"],
        "UNAVAILABLE"
    );
    assert_eq!(client.receive().await, json!({"type": "complete", "id": "slow"}));
    probe.dawdle(Duration::ZERO);
    let id = stage.enabled_forklift("Lift 1").await;
    stage.robot_is_at(&id, 1.0);
    let update = client.next("events").await;
    assert_eq!(
        update["vehiclePositionUpdated"]["vehicleId"],
        json!(id),
        "the timeout does not end a subscription"
    );
}

#[tokio::test]
async fn a_panic_ends_its_operation_but_not_the_socket() {
    let probe = Arc::new(Probe::default());
    let stage = Stage::on(GraphqlOptions::default(), probe.stores()).await;
    let mut client = stage.connect().await;
    probe.panics.store(true, Ordering::Relaxed);
    for query in ["{ vehicles { nodes { id } } }", WATCH] {
        client.subscribe("1", query, json!({"id": UNKNOWN_ID})).await;
        let answer = client.receive().await;
        assert_eq!(answer["type"], "next");
        assert_eq!(answer["payload"]["errors"][0]["extensions"]["code"], "INTERNAL");
        assert_eq!(client.receive().await, json!({"type": "complete", "id": "1"}));
    }
    client.subscribe("1", "{ __typename }", json!({})).await;
    client.next("1").await;
}

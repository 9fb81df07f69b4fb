//! Changes to the registry on one server, as received by clients of another server.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{
    graphql_ws::GraphqlWs,
    support::{Plant, Program},
};

const ADDED: &str =
    "subscription { vehicleAdded { id name type ... on AMR { autonomyLevel } groups { name } } }";
const REMOVED: &str = "subscription($id: ID!) { vehicleRemoved(id: $id) }";
const CHANGED: &str =
    "subscription($id: ID) { vehicleStateChanged(vehicleId: $id) { vehicleId oldStatus newStatus at } }";
const MOVED: &str = "subscription($id: ID) { vehiclePositionUpdated(vehicleId: $id) { vehicleId position { x y heading } state { batteryLevel } } }";

/// Starts a second server on the same database and Redis.
async fn another_server(plant: &Plant) -> Program {
    let (database, redis) = (plant.database.url(), plant.redis.url());
    let program = Program::serve(&[("DATABASE__URL", &database), ("REDIS__URL", &redis)]).await;
    program.until_fed().await;
    program
}

/// Waits until earlier subscriptions are active. They are not acknowledged, but a later query on the same socket is
/// only answered after they have started.
async fn until_subscribed(client: &mut GraphqlWs, id: &str) {
    client.subscribe(id, "{ __typename }", Value::Null).await;
    assert_eq!(client.next(id).await["__typename"], "Query");
    assert_eq!(client.next_message(id).await["complete"], true);
}

async fn set_status(program: &Program, id: &str, status: &str) {
    let query = "mutation($id: ID!, $status: VehicleStatus!) { updateVehicleStatus(id: $id, status: $status) { status } }";
    let answer = program.graphql(query, json!({"id": id, "status": status})).await;
    assert_eq!(
        answer["data"]["updateVehicleStatus"]["status"], status,
        "{answer}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn every_subscription_receives_changes_made_on_another_server() {
    let plant = Plant::start().await;
    let here = &plant.program;
    let there = another_server(&plant).await;
    let mut client = GraphqlWs::connect(&there).await;
    client.subscribe("added", ADDED, Value::Null).await;
    client.subscribe("changed", CHANGED, Value::Null).await;
    until_subscribed(&mut client, "standing").await;

    let id = here.create("Tugger").await;
    assert_eq!(
        client.next("added").await["vehicleAdded"],
        json!({"id": id, "name": "Tugger", "type": "AMR", "autonomyLevel": 4, "groups": []})
    );
    client.subscribe("removed", REMOVED, json!({"id": id})).await;
    client.subscribe("moved", MOVED, json!({"id": id})).await;
    until_subscribed(&mut client, "standing as well").await;

    set_status(here, &id, "MAINTENANCE").await;
    let change = client.next("changed").await["vehicleStateChanged"].take();
    assert_eq!(
        (&change["vehicleId"], &change["oldStatus"], &change["newStatus"]),
        (&json!(id), &json!("IDLE"), &json!("MAINTENANCE"))
    );
    assert!(
        change["at"].as_str().is_some_and(|at| at.ends_with('Z')),
        "{change}"
    );

    here.mutate("enableVehicle(id: $id) { id }", &id).await;
    let mut robot = plant.robot().await;
    let moved = async {
        loop {
            robot.is_at(&id, 1.5).await;
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
    };
    let update = tokio::select! {
        update = client.next("moved") => update["vehiclePositionUpdated"].clone(),
        () = moved => unreachable!("the loop has no end"),
    };
    assert_eq!(
        (&update["vehicleId"], &update["position"]["x"]),
        (&json!(id), &json!(1.5))
    );

    here.mutate("deleteVehicle(id: $id)", &id).await;
    assert_eq!(client.next("removed").await["vehicleRemoved"], json!(id));
    assert_eq!(client.next_message("removed").await["complete"], true);

    client.subscribe("deleted", REMOVED, json!({"id": id})).await;
    let refused = client.next_message("deleted").await;
    let text = refused.to_string();
    assert!(text.contains("NOT_FOUND") || text.contains("not found"), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn events_during_an_outage_of_redis_arrive_once_and_in_order() {
    let mut plant = Plant::start().await;
    let there = another_server(&plant).await;
    let mut client = GraphqlWs::connect(&there).await;
    client.subscribe("added", ADDED, Value::Null).await;
    client.subscribe("changed", CHANGED, Value::Null).await;
    until_subscribed(&mut client, "standing").await;
    let before = plant.program.create("before").await;
    assert_eq!(client.next("added").await["vehicleAdded"]["id"], json!(before));

    plant.redis.kill();
    const ROUND: [&str; 4] = ["MAINTENANCE", "STOPPED", "ERROR", "IDLE"];
    let mut ids = Vec::new();
    for number in 0..5 {
        let id = plant.program.create(&format!("Tugger {number}")).await;
        client
            .subscribe(&format!("removed {id}"), REMOVED, json!({"id": id}))
            .await;
        for status in ROUND {
            set_status(&plant.program, &id, status).await;
        }
        ids.push(id);
    }
    plant.redis.restart_empty();
    there.until_fed().await;
    let after = plant.program.create("after").await;
    set_status(&plant.program, &after, "MAINTENANCE").await;

    let mut added = Vec::new();
    while added.last() != Some(&json!(after)) {
        added.push(client.next("added").await["vehicleAdded"]["id"].take());
    }
    let expected: Vec<Value> = ids.iter().chain([&after]).map(|id| json!(id)).collect();
    assert_eq!(added, expected);

    let mut received: BTreeMap<String, Vec<String>> = BTreeMap::new();
    loop {
        let change = client.next("changed").await["vehicleStateChanged"].take();
        let [id, old, new] = ["vehicleId", "oldStatus", "newStatus"]
            .map(|field| change[field].as_str().expect("a text").to_owned());
        if id == after {
            break;
        }
        let of_it = received.entry(id).or_insert_with(|| vec!["IDLE".to_owned()]);
        assert_eq!(of_it.last(), Some(&old), "{change}");
        of_it.push(new);
    }
    let whole: Vec<String> = ["IDLE"]
        .iter()
        .chain(&ROUND)
        .map(|status| (*status).to_owned())
        .collect();
    let expected: BTreeMap<_, _> = ids.iter().map(|id| (id.clone(), whole.clone())).collect();
    assert_eq!(received, expected);

    // No event arrives twice.
    until_subscribed(&mut client, "the end").await;
    let late = tokio::time::timeout(
        std::time::Duration::from_millis(1_500),
        client.next_message("changed"),
    )
    .await;
    assert!(late.is_err(), "{late:?}");
}

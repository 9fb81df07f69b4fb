//! Positions of many vehicles.

use super::*;

const POSITIONS: &str = "subscription($filter: VehicleFilter, $interval: Int) {
    vehiclePositionsUpdated(filter: $filter, intervalMs: $interval) { vehicleId position { x } vehicle { name status } }
}";

async fn positions(client: &mut Client) -> Vec<(String, f64)> {
    let updates = client.next("a").await["vehiclePositionsUpdated"].take();
    let updates = updates.as_array().expect("a list").iter().map(|update| {
        let id = update["vehicleId"].as_str().expect("an id").to_owned();
        (id, update["position"]["x"].as_f64().expect("a number"))
    });
    updates.collect()
}

/// Starts the subscription without waiting for an answer to a query, because the first message is the snapshot.
async fn watch_positions(client: &mut Client, variables: Value) {
    client.subscribe("a", POSITIONS, variables).await;
}

#[tokio::test]
async fn positions_of_many_vehicles_are_sent_together_once_per_interval() {
    let stage = stage().await;
    let mut ids = Vec::new();
    for number in 0..3 {
        ids.push(stage.enabled_forklift(&format!("Lift {number}")).await);
        stage.robot_is_at(&ids[number], number as f64);
    }
    let mut client = stage.connect().await;
    let began = std::time::Instant::now();
    watch_positions(&mut client, json!({"interval": 300})).await;
    let mut first = positions(&mut client).await;
    first.sort_by(|a, b| a.1.total_cmp(&b.1));
    let expected: Vec<_> = ids.iter().cloned().zip([0.0, 1.0, 2.0]).collect();
    assert_eq!(first, expected);
    // The first position is sent immediately. The newest position of each vehicle within the interval is sent at its
    // end.
    stage.robot_is_at(&ids[0], 3.0);
    assert_eq!(positions(&mut client).await, [(ids[0].clone(), 3.0)]);
    for x in [4.0, 5.0] {
        stage.robot_is_at(&ids[0], x);
        stage.robot_is_at(&ids[1], x + 1.0);
    }
    let mut second = positions(&mut client).await;
    second.sort_by(|a, b| a.1.total_cmp(&b.1));
    assert_eq!(second, [(ids[0].clone(), 5.0), (ids[1].clone(), 6.0)]);
    // A delivery may be early by 4 ms.
    assert!(began.elapsed().as_millis() >= 296);
}

#[tokio::test]
async fn a_vehicle_that_starts_to_match_is_sent_with_its_known_position() {
    let stage = stage().await;
    let (id, hall) = (
        stage.enabled_forklift("Lift 1").await,
        stage.group("Hall A").await,
    );
    stage.robot_is_at(&id, 1.0);
    let mut grouped = stage.connect().await;
    watch(
        &mut grouped,
        POSITIONS,
        json!({"filter": {"groupId": hall}, "interval": 0}),
    )
    .await;
    let mut special = stage.connect().await;
    watch(
        &mut special,
        POSITIONS,
        json!({"filter": {"search": "special"}, "interval": 0.0}),
    )
    .await;
    stage.add_to_group(&hall, &id).await;
    assert_eq!(positions(&mut grouped).await, [(id.clone(), 1.0)]);
    stage.data(RENAME, json!({"id": id, "name": "Special 1"})).await;
    assert_eq!(positions(&mut special).await, [(id.clone(), 1.0)]);
    stage.data(RENAME, json!({"id": id, "name": "Lift 1"})).await;
    stage.robot_is_at(&id, 2.0);
    assert_eq!(positions(&mut grouped).await, [(id.clone(), 2.0)]);
    nothing_more(&mut special).await;
}

#[rstest]
#[case(json!({"interval": -1}), "intervalMs")]
#[case(json!({"interval": 10_001}), "intervalMs")]
#[case(json!({"filter": {"groupId": "7"}}), "filter.groupId")]
#[tokio::test]
async fn arguments_of_the_positions_subscription_are_checked(#[case] variables: Value, #[case] field: &str) {
    let stage = stage().await;
    let mut client = stage.connect().await;
    client.subscribe("a", POSITIONS, variables).await;
    let error = client.receive().await["payload"]["errors"][0].take();
    assert_eq!(error["extensions"]["code"], "BAD_USER_INPUT");
    assert_eq!(error["extensions"]["fields"][0]["field"], field);
}

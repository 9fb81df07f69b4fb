//! The path of a message from a robot to a client.

use std::collections::HashMap;

use deadpool_redis::redis::AsyncCommands as _;
use serde_json::{Value, json};

use super::support::{Plant, now_ms, position, until_ok};

#[tokio::test(flavor = "multi_thread")]
async fn a_published_position_reaches_clients_and_keys() {
    let plant = Plant::start().await;
    let vehicle = plant.program.create_enabled("Tugger").await;
    let mut client = plant.program.watch_all().await;
    let mut robot = plant.robot().await;
    let sent = position(&vehicle, 1.25);
    robot.publish("vehicle:position:update", sent.to_string()).await;
    let seen = client.until_at(&vehicle, 1.25).await;
    assert_eq!(seen["position"]["timestamp"], sent["timestamp"]);
    assert_eq!(seen["position"]["mapId"], "floor-1");

    let key = format!("vehicle:{{{vehicle}}}:position");
    let kept: HashMap<String, String> = until_ok("the keys are written", || {
        let (mut connection, key) = (robot.connection.clone(), key.clone());
        async move {
            let kept: HashMap<String, String> = connection.hgetall(key).await.expect("Redis is there");
            (!kept.is_empty()).then_some(kept)
        }
    })
    .await;
    assert_eq!(kept["x"].parse::<f64>(), Ok(1.25));
    assert_eq!(kept["timestamp"], sent["timestamp"].to_string());
    assert_eq!(
        (kept["frame_id"].as_str(), kept["map_id"].as_str()),
        ("map", "floor-1")
    );
    let is_active: bool = robot
        .connection
        .sismember("vehicles:active", &vehicle)
        .await
        .expect("Redis is there");
    assert!(is_active);

    let query = "query($id: ID!) { vehiclePosition(vehicleId: $id) { x heading timestamp } }";
    let answer = plant.program.graphql(query, json!({"id": vehicle})).await;
    assert_eq!(answer["data"]["vehiclePosition"]["x"], 1.25, "{answer}");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_message_format_is_understood() {
    let plant = Plant::start().await;
    let (a, b) = (
        plant.program.create_enabled("A").await,
        plant.program.create_enabled("B").await,
    );
    let mut client = plant.program.watch_all().await;
    let mut robot = plant.robot().await;

    let array = json!([position(&a, 1.0), position(&b, 2.0)]);
    robot.publish("vehicle:position:update", array.to_string()).await;
    let mut waiting = HashMap::from([(a.clone(), 1.0), (b.clone(), 2.0)]);
    client
        .until("both positions", |message| {
            for (vehicle, x) in message["events"].as_array()?.iter().filter_map(positioned) {
                waiting.retain(|id, at| *id != vehicle || *at != x);
            }
            waiting.is_empty().then_some(())
        })
        .await;

    let state = json!({"vehicleId": a, "currentSpeed": 0.0, "batteryLevel": 90.0, "lastUpdateTime": now_ms(), "status": "MOVING"});
    robot.publish("vehicle:state:update", state.to_string()).await;
    let change = client
        .until_event("the status reported by the robot", |event| {
            (event["type"] == "stateChange").then(|| event.clone())
        })
        .await;
    assert_eq!(
        (&change["oldStatus"], &change["newStatus"]),
        (&json!("IDLE"), &json!("MOVING"))
    );

    let stamp = json!({"sec": now_ms() / 1000, "nanosec": now_ms() % 1000 * 1_000_000});
    let pose = |x: f64| json!({"position": {"x": x, "y": 0.0, "z": 0.0}, "orientation": {"x": 0.0, "y": 0.0, "z": 1.0, "w": 0.0}});
    let odometry = json!({"vehicleId": a, "type": "nav_msgs/msg/Odometry", "msg": {
        "header": {"stamp": stamp, "frame_id": "map"}, "child_frame_id": "base", "pose": {"pose": pose(3.0)},
        "twist": {"twist": {"linear": {"x": 0.3, "y": 0.4, "z": 0.0}, "angular": {"x": 0.0, "y": 0.0, "z": 0.0}}}}});
    robot
        .publish("vehicle:position:update", odometry.to_string())
        .await;
    let seen = client.until_at(&a, 3.0).await;
    assert_eq!(seen["position"]["heading"], 180.0);
    assert_eq!(seen["state"]["currentSpeed"], 0.5, "its twist's length");

    let stamped = json!({"vehicleId": b, "type": "geometry_msgs/PoseStamped", "msg": {
        "header": {"stamp": stamp, "frame_id": "map"}, "pose": pose(4.0)}});
    robot
        .publish("vehicle:position:update", stamped.to_string())
        .await;
    client.until_at(&b, 4.0).await;

    let battery = json!({"vehicleId": a, "type": "sensor_msgs/msg/BatteryState", "msg": {
        "header": {"stamp": {"sec": now_ms() / 1000 + 1, "nanosec": 0}, "frame_id": ""}, "percentage": 0.42}});
    robot.publish("vehicle:state:update", battery.to_string()).await;
    let level = client
        .until_event("the battery's charge", |event| {
            let level = event["state"]["batteryLevel"].as_f64()?;
            (event["vehicleId"] == a.as_str() && level < 90.0).then_some(level)
        })
        .await;
    assert!((level - 42.0).abs() < 1e-9);
}

fn positioned(event: &Value) -> Option<(String, f64)> {
    Some((
        event["vehicleId"].as_str()?.to_owned(),
        event["position"]["x"].as_f64()?,
    ))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_robots_own_status_is_recorded_without_a_new_version() {
    let plant = Plant::start().await;
    let vehicle = plant.program.create_enabled("Tugger").await;
    let query = "query($id: ID!) { vehicle(id: $id) { status version } }";
    let before = plant.program.graphql(query, json!({"id": vehicle})).await;
    let state = json!({"vehicleId": vehicle, "currentSpeed": 1.0, "batteryLevel": 90.0, "lastUpdateTime": now_ms(), "status": "CHARGING"});
    plant
        .robot()
        .await
        .publish("vehicle:state:update", state.to_string())
        .await;
    until_ok("the registry has the status", || async {
        let answer = plant.program.graphql(query, json!({"id": vehicle})).await;
        assert_eq!(
            answer["data"]["vehicle"]["version"],
            before["data"]["vehicle"]["version"]
        );
        (answer["data"]["vehicle"]["status"] == "CHARGING").then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn positions_survive_a_restart() {
    let plant = Plant::start().await;
    let vehicle = plant.program.create_enabled("Tugger").await;
    plant.robot().await.is_at(&vehicle, 7.5).await;
    let mut client = plant.program.watch_all().await;
    client.until_at(&vehicle, 7.5).await;
    let Plant {
        mut program,
        redis,
        database,
    } = plant;
    program.signal_to_stop();
    assert_eq!(program.ended().await, Some(0));

    let (database_url, redis_url) = (database.url(), redis.url());
    let again =
        super::support::Program::serve(&[("DATABASE__URL", &database_url), ("REDIS__URL", &redis_url)]).await;
    let mut client = again.watch_all().await;
    client.until_at(&vehicle, 7.5).await;
}

//! Messages from Redis that are rejected.

use serde_json::{Value, json};

use super::support::{Plant, now_ms, position, until_ok};

const POSITION: &str = "vehicle:position:update";
const STATE: &str = "vehicle:state:update";

#[tokio::test(flavor = "multi_thread")]
async fn invalid_messages_are_counted_and_dead_lettered_and_reach_no_client() {
    let plant = Plant::start().await;
    let program = &plant.program;
    let vehicle = program.create_enabled("Good").await;
    let disabled = program.create("Disabled").await;
    let deleted = program.create_enabled("Deleted").await;
    program.mutate("deleteVehicle(id: $id)", &deleted).await;
    let mut client = program.watch_all().await;
    let mut robot = plant.robot().await;
    robot.is_at(&vehicle, 0.0).await;
    client.until_at(&vehicle, 0.0).await;

    let but = |field: &str, value: Value| {
        let mut message = position(&vehicle, 66.0);
        message[field] = value;
        message.to_string().into_bytes()
    };
    let without = |field: &str| {
        let mut message = position(&vehicle, 66.0);
        message.as_object_mut().expect("an object").remove(field);
        message.to_string().into_bytes()
    };
    let zero = json!({"vehicleId": vehicle, "x": 66.0, "y": 0.0, "z": 0.0, "qx": 0, "qy": 0, "qz": 0, "qw": 0, "timestamp": now_ms()});
    let unknown = "0190a5f2-7c1e-7d54-9a3b-2f6c8e1d4b70";
    let unfit = json!({"vehicleId": vehicle, "type": "sensor_msgs/msg/Image", "msg": {}});
    let huge = format!(
        "{{\"vehicleId\":\"{vehicle}\",\"padding\":\"{}\"}}",
        "x".repeat(2 * 1024 * 1024)
    );
    let text = |message: &Value| message.to_string().into_bytes();
    let broken: Vec<(&str, Vec<u8>, &str)> = vec![
        (POSITION, b"hello".to_vec(), "not_json"),
        (
            POSITION,
            String::from_utf8(but("x", json!("NAN")))
                .expect("text")
                .replace("\"NAN\"", "NaN")
                .into_bytes(),
            "not_finite",
        ),
        (
            POSITION,
            String::from_utf8(but("x", json!("BIG")))
                .expect("text")
                .replace("\"BIG\"", "1e999")
                .into_bytes(),
            "not_finite",
        ),
        (POSITION, but("x", json!("far")), "invalid_field"),
        (POSITION, without("timestamp"), "invalid_field"),
        (POSITION, without("vehicleId"), "invalid_field"),
        (POSITION, text(&zero), "invalid_rotation"),
        (POSITION, but("x", json!(10_000.5)), "out_of_bounds"),
        (POSITION, but("x", json!(9_000.0)), "jump"),
        (POSITION, but("timestamp", json!(now_ms() + 60_000)), "in_future"),
        (
            POSITION,
            but("timestamp", json!(now_ms() - 60_000)),
            "out_of_order",
        ),
        (POSITION, text(&position(unknown, 66.0)), "unknown_vehicle"),
        (POSITION, text(&position(&disabled, 66.0)), "disabled_vehicle"),
        (POSITION, text(&position(&deleted, 66.0)), "deleted_vehicle"),
        (POSITION, huge.into_bytes(), "too_large"),
        (POSITION, vec![b'{', 0xFF, 0xFE, b'}'], "invalid_utf8"),
        (POSITION, text(&unfit), "unsupported_type"),
        (
            STATE,
            text(
                &json!({"vehicleId": vehicle, "currentSpeed": -1, "batteryLevel": 50, "lastUpdateTime": now_ms()}),
            ),
            "invalid_field",
        ),
        (
            STATE,
            text(
                &json!({"vehicleId": vehicle, "currentSpeed": 1, "batteryLevel": 106, "lastUpdateTime": now_ms()}),
            ),
            "invalid_field",
        ),
        (
            STATE,
            text(
                &json!({"vehicleId": vehicle, "type": "sensor_msgs/msg/BatteryState", "msg": {"percentage": null}}),
            ),
            "not_finite",
        ),
    ];
    let mut counts = std::collections::BTreeMap::new();
    for (channel, payload, reason) in &broken {
        robot.publish(channel, payload).await;
        *counts.entry(*reason).or_insert(0) += 1;
    }
    for (reason, expected) in &counts {
        let line = format!("fleetwatch_dlq_messages_total{{reason=\"{reason}\"}}");
        until_ok(&format!("{expected} dead letters of reason {reason}"), || async {
            (program.metric(&line).await == f64::from(*expected)).then_some(())
        })
        .await;
    }
    let letters = robot.dead_letters().await;
    assert_eq!(letters.len(), broken.len());
    for letter in &letters {
        let text = |field: &str| String::from_utf8_lossy(&letter[field]).into_owned();
        let (payload, bytes): (_, usize) = (&letter["payload"], text("bytes").parse().expect("a number"));
        assert!(payload.len() <= 4096);
        let was_sent = broken.iter().any(|(channel, sent, reason)| {
            *reason == text("reason")
                && *channel == text("channel")
                && sent.len() == bytes
                && sent.starts_with(payload)
        });
        assert!(
            was_sent,
            "{}: {}",
            text("reason"),
            String::from_utf8_lossy(payload)
        );
        assert!(text("receivedAt").parse::<i64>().expect("a time") > 0);
    }

    robot.is_at(&vehicle, 0.5).await;
    client
        .until_event("the next good position", |event| {
            assert_ne!(
                event["position"]["x"], 66.0,
                "an invalid message reached a client: {event}"
            );
            (event["position"]["x"] == 0.5).then_some(())
        })
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_array_is_judged_element_by_element() {
    let plant = Plant::start().await;
    let vehicle = plant.program.create_enabled("Good").await;
    let mut client = plant.program.watch_all().await;
    let mut robot = plant.robot().await;
    let array = json!([{"vehicleId": 7}, position(&vehicle, 3.0), "x"]);
    robot.publish(POSITION, array.to_string()).await;
    client.until_at(&vehicle, 3.0).await;
    until_ok("both invalid elements are dead-lettered", || async {
        (robot.dead_letters().await.len() == 2).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_relocated_robot_is_accepted_at_its_fifth_position() {
    let plant = Plant::start().await;
    let vehicle = plant.program.create_enabled("Carried").await;
    let mut client = plant.program.watch_all().await;
    let mut robot = plant.robot().await;
    robot.is_at(&vehicle, 0.0).await;
    client.until_at(&vehicle, 0.0).await;
    for n in 1..=5 {
        robot.is_at(&vehicle, 500.0 + f64::from(n) / 10.0).await;
    }
    let seen = client
        .until_event("its new place", |event| {
            event["position"]["x"].as_f64().filter(|x| *x > 1.0)
        })
        .await;
    assert_eq!(seen, 500.5);
    until_ok("the four before are dead letters", || async {
        (plant
            .program
            .metric("fleetwatch_dlq_messages_total{reason=\"jump\"}")
            .await
            == 4.0)
            .then_some(())
    })
    .await;
}

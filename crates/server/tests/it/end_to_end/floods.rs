//! A publisher that floods the channels must not delay the messages from other vehicles.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use serde_json::{Value, json};
use tokio::task::JoinHandle;

use super::support::{Plant, Robot, now_ms, position, until_ok};

const POSITION: &str = "vehicle:position:update";

/// Publisher that sends a large message every 5 ms until it is stopped.
struct Flood {
    is_over: Arc<AtomicBool>,
    task: JoinHandle<u64>,
}

impl Flood {
    fn of(mut robot: Robot, payload: String) -> Self {
        let is_over = Arc::new(AtomicBool::new(false));
        let over = Arc::clone(&is_over);
        let task = tokio::spawn(async move {
            let mut sent = 0;
            while !over.load(Ordering::Relaxed) {
                robot.publish(POSITION, &payload).await;
                sent += 1;
                // About 200 MB per second.
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
            sent
        });
        Self { is_over, task }
    }

    async fn end(self) -> u64 {
        self.is_over.store(true, Ordering::Relaxed);
        self.task.await.expect("the flooding task did not panic")
    }
}

fn array_of(element: &Value) -> String {
    let element = element.to_string();
    let elements = 1_000_000 / (element.len() + 1);
    format!("[{}]", vec![element; elements].join(","))
}

/// Publishes for a vehicle at 10 Hz during a flood. Returns the longest pause between two of its positions at a client.
async fn longest_pause_beside(plant: &Plant, vehicle: &str, flood: String) -> Duration {
    let token = plant.program.administrator().await.access.clone();
    let mut client = plant.program.connect_as(&token).await;
    client
        .send(json!({"type": "subscribeVehicle", "vehicleId": vehicle}))
        .await;
    let mut robot = plant.robot().await;
    let flood = Flood::of(plant.robot().await, flood);
    let publishing = tokio::spawn({
        let vehicle = vehicle.to_owned();
        async move {
            for step in 0..60 {
                robot.is_at(&vehicle, f64::from(step) / 100.0).await;
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        }
    });
    let (mut last, mut longest) = (Instant::now(), Duration::ZERO);
    client
        .until_event("its last position", |event| {
            let x = event["position"]["x"].as_f64()?;
            longest = longest.max(last.elapsed());
            last = Instant::now();
            (x >= 0.55).then_some(())
        })
        .await;
    publishing.await.expect("the publishing task did not panic");
    assert!(flood.end().await > 20, "there was a flood");
    longest
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flood_of_large_messages_does_not_delay_other_vehicles() {
    let plant = Plant::start().await;
    let vehicle = plant.program.create_enabled("Innocent").await;
    let attacker = plant.program.create_enabled("Attacker").await;
    let unknown = "0190a5f2-7c1e-7d54-9a3b-2f6c8e1d4b70";
    let floods = [
        ("one vehicle", array_of(&position(&attacker, 1.0))),
        ("an unknown vehicle", array_of(&position(unknown, 1.0))),
        ("nothing but numbers", array_of(&json!(1))),
        (
            "one object",
            format!(
                "{{\"vehicleId\":\"{attacker}\",\"x\":\"{}\"}}",
                "x".repeat(1_000_000)
            ),
        ),
    ];
    for (what, flood) in floods {
        let pause = longest_pause_beside(&plant, &vehicle, flood).await;
        // An idle machine takes a tenth of this. A server that parses messages in order of arrival takes many seconds.
        assert!(pause < Duration::from_secs(3), "{what}: {pause:?}");
    }
    let resident = plant.program.resident_mib();
    assert!(resident < 1_000, "{resident} MiB");
}

#[tokio::test(flavor = "multi_thread")]
async fn above_its_rate_only_a_vehicles_newest_message_is_used() {
    let plant = Plant::with(&[("LIVE__MAX_MESSAGES_PER_VEHICLE_PER_S", "50")]).await;
    let vehicle = plant.program.create_enabled("Hasty").await;
    let mut client = plant.program.watch_all().await;
    let mut robot = plant.robot().await;
    let began = now_ms() - 2_000;
    let elements: Vec<_> = (0..1_000)
        .map(|step| {
            let mut element = position(&vehicle, f64::from(step) / 1_000.0);
            element["timestamp"] = json!(began + i64::from(step));
            element
        })
        .collect();
    robot.publish(POSITION, Value::Array(elements).to_string()).await;
    client.until_at(&vehicle, 0.999).await;
    until_ok("the rest is counted", || async {
        let taken =
            "fleetwatch_ingest_messages_total{channel=\"vehicle:position:update\",outcome=\"accepted\"}";
        let late =
            "fleetwatch_ingest_messages_total{channel=\"vehicle:position:update\",outcome=\"rate_limited\"}";
        let (taken, late) = (
            plant.program.metric(taken).await,
            plant.program.metric(late).await,
        );
        (taken + late == 1_000.0 && (50.0..=60.0).contains(&taken)).then_some(())
    })
    .await;
    assert!(robot.dead_letters().await.is_empty());
}

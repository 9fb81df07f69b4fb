//! Vehicles, a group and robots that exist before the examples of a page are run.

use std::process::Stdio;

use serde_json::json;
use tokio::{
    io::{AsyncBufReadExt as _, BufReader},
    process::{Child, Command},
};

use crate::end_to_end::support::{PATIENCE, Plant};

/// Ids of the vehicles in the examples.
pub(super) const VEHICLES: [&str; 2] = [
    "0190a5f2-7c1e-7d54-9a3b-2f6c8e1d4b70",
    "0190a5f2-7c1e-7d54-9a3b-2f6c8e1d4b71",
];

/// Registers the vehicles of the examples under their ids, and enables them.
pub(super) async fn register_vehicles(plant: &Plant) {
    let lines = VEHICLES.map(|id| {
        let vehicle = json!({
            "id": id, "name": format!("Example {id}"), "type": "AMR", "manufacturer": "Acme", "model": "M1",
            "isEnabled": true, "specification": {"maxSpeed": 1.5, "maxLoad": 100, "batteryCapacity": 960},
            "details": {"lidarEnabled": true, "cameraEnabled": false, "ultrasonicEnabled": true, "autonomyLevel": 4},
        });
        format!("{vehicle}\n")
    });
    let token = plant.program.administrator().await.access.clone();
    let request = plant
        .program
        .request("POST", "/api/vehicles/import")
        .bearer_auth(token);
    let request = request
        .header("content-type", "application/x-ndjson")
        .body(lines.concat());
    let response = request.send().await.expect("it listens");
    let (status, text) = (response.status(), response.text().await.expect("a body"));
    assert!(status.is_success(), "{status} {text}");
}

/// Creates a group and returns its id.
pub(super) async fn make_a_group(plant: &Plant) -> String {
    let body = json!({"name": "Hall 1", "organizationId": "00000000-0000-7000-8000-000000000001"});
    let (status, group) = plant
        .program
        .as_administrator("POST", "/api/groups", Some(body))
        .await;
    assert_eq!(status, 201, "{group}");
    group["id"].as_str().expect("an id").to_owned()
}

/// Starts robots that move while the examples are running. Their vehicles are registered when this function returns.
pub(super) async fn drive(plant: &Plant) -> Child {
    let mut robots = Command::new(env!("CARGO_BIN_EXE_fleetwatch"))
        .args(["simulate", "--vehicles", "30", "--rate", "2"])
        .env_clear()
        .env("FLEETWATCH_DATABASE__URL", plant.database.url())
        .env("FLEETWATCH_REDIS__URL", plant.redis.url())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .expect("the program was built with this test");
    let mut lines = BufReader::new(robots.stderr.take().expect("it is piped")).lines();
    let registered = async {
        loop {
            let line = lines.next_line().await.expect("UTF-8");
            if line.expect("it goes on").starts_with("simulating ") {
                break;
            }
        }
    };
    tokio::time::timeout(PATIENCE, registered)
        .await
        .expect("it begins in time");
    robots
}

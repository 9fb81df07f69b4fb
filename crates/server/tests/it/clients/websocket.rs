//! Clients of `/ws` that front-end teams use, and the examples of its documentation.

use std::process::Stdio;

use serde_json::{Value, json};
use tokio::{
    io::{AsyncBufReadExt as _, BufReader, Lines},
    process::{ChildStdout, Command},
    time::timeout,
};

use super::{FOLDER, must_be_installed};
use crate::end_to_end::support::{PATIENCE, Plant, Program, now_ms};

const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/websocket.md");
const DOCUMENT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/asyncapi.yaml");

/// The interpreter for which Debian's packages are installed; another one may come first in `PATH`.
const PYTHON: &str = "/usr/bin/python3";

/// Returns the page's code blocks in the given language.
fn blocks(language: &str) -> Vec<String> {
    let page = std::fs::read_to_string(PAGE).expect("the page is there");
    let start = format!("```{language}\n");
    page.split(&start)
        .skip(1)
        .map(|rest| rest.split("```").next().unwrap_or_default().to_owned())
        .collect()
}

fn check_success(output: &std::process::Output) {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    assert!(
        output.status.success(),
        "{}{}",
        text(&output.stdout),
        text(&output.stderr)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_asyncapi_document_is_valid_and_generates_types_that_compile() {
    must_be_installed();
    let program = Program::serve(&[]).await;
    let folder = tempfile::tempdir().expect("a folder");
    let described = Command::new("node")
        .args(["websocket/describe.mjs", DOCUMENT, &program.url("")])
        .arg(folder.path())
        .current_dir(FOLDER)
        .output()
        .await
        .expect("Node.js is there");
    check_success(&described);
}

#[tokio::test(flavor = "multi_thread")]
async fn frames_match_the_document_according_to_another_validator() {
    must_be_installed();
    let plant = Plant::start().await;
    let vehicle = plant.program.create_enabled("Tugger").await;
    let token = plant.program.administrator().await.access.clone();
    let mut child = Command::new("node")
        .args(["websocket/frames.mjs", &plant.program.url(""), &token])
        .current_dir(FOLDER)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .expect("Node.js is there");
    let mut lines = BufReader::new(child.stdout.take().expect("it is piped")).lines();
    let mut seen = Vec::new();
    let mut robot = plant.robot().await;
    let expected = [
        "welcome",
        "subscribed",
        "pong",
        "error",
        "batch",
        "vehicleInfo",
        "connectionChange",
        "stateUpdate",
        "stateChange",
        "vehicleUpdated",
        "vehicleError",
        "positionUpdate",
    ];
    let state = |status: &str, codes: &[&str]| {
        json!({
            "vehicleId": vehicle, "currentSpeed": 0.5, "batteryLevel": 80.0, "lastUpdateTime": now_ms(),
            "status": status, "errorCodes": codes,
        })
    };
    let watched = async {
        while !expected.iter().all(|kind| seen.iter().any(|found| found == kind)) {
            let line = lines.next_line().await.expect("it writes");
            let line: Value =
                serde_json::from_str(&line.expect("every frame is as described")).expect("JSON");
            seen = line["seen"].as_array().expect("types").clone();
            if seen.last() == Some(&json!("vehicleInfo")) {
                let failed = state("ERROR", &["E1"]).to_string();
                robot.publish("vehicle:state:update", failed).await;
            } else if seen.last() == Some(&json!("stateUpdate")) {
                robot.is_at(&vehicle, 1.5).await;
            }
        }
    };
    timeout(PATIENCE, watched).await.expect("all of it is seen");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_client_of_the_documentation_keeps_the_state_of_the_fleet() {
    must_be_installed();
    let plant = Plant::start().await;
    let vehicle = plant.program.create_enabled("Tugger").await;
    let url = plant.program.url("/ws").replacen("http", "ws", 1);
    let token = plant.program.administrator().await.access.clone();
    let mut child = Command::new("node")
        .args(["websocket/watch_fleet.mjs", PAGE, &url, &token])
        .current_dir(FOLDER)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .expect("Node.js is there");
    let mut lines = BufReader::new(child.stdout.take().expect("it is piped")).lines();
    let mut robot = plant.robot().await;
    let watched = async {
        loop {
            let line = lines.next_line().await.expect("it writes").expect("it goes on");
            let fleet: Value = serde_json::from_str(&line).expect("JSON");
            let fleet = fleet.as_array().expect("vehicles");
            let known = fleet.iter().find(|known| known["vehicleId"] == vehicle.as_str());
            match known {
                Some(known) if known["position"]["x"] == 1.5 => return known.clone(),
                Some(known) if known["name"] == "Tugger" => robot.is_at(&vehicle, 1.5).await,
                _ => {}
            }
        }
    };
    let known = timeout(PATIENCE, watched).await.expect("it sees the vehicle");
    assert_eq!(known["name"], "Tugger", "{known}");

    let last = plant.program.create_enabled("Shuttle").await;
    plant.program.mutate("deleteVehicle(id: $id)", &vehicle).await;
    // A position that is newer than both events of the deletion: after it, neither event can still arrive.
    robot.is_at(&last, 2.5).await;
    let watched = async {
        loop {
            let line = lines.next_line().await.expect("it writes").expect("it goes on");
            let fleet: Value = serde_json::from_str(&line).expect("JSON");
            let fleet = fleet.as_array().expect("vehicles");
            let at = |known: &Value| known["vehicleId"] == last.as_str() && known["position"]["x"] == 2.5;
            if fleet.iter().any(at) {
                return fleet.clone();
            }
        }
    };
    let fleet = timeout(PATIENCE, watched)
        .await
        .expect("it sees the other vehicle");
    assert_eq!(fleet.len(), 1, "the deleted vehicle is still there: {fleet:?}");
}

/// Reads the next message that a script writes as a line of JSON.
async fn next_message(lines: &mut Lines<BufReader<ChildStdout>>) -> Value {
    let line = timeout(PATIENCE, lines.next_line())
        .await
        .expect("a line in time");
    let line = line.expect("text").expect("the script goes on");
    serde_json::from_str(&line).expect("JSON")
}

/// Reads messages until one contains an event of this type, and returns the event.
async fn next_event(lines: &mut Lines<BufReader<ChildStdout>>, kind: &str) -> Value {
    loop {
        let message = next_message(lines).await;
        let mut events = message["events"].as_array().into_iter().flatten();
        if let Some(event) = events.find(|event| event["type"] == kind) {
            return event.clone();
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_python_function_of_the_documentation_decodes_compressed_messagepack() {
    let packages = Command::new(PYTHON)
        .args(["-c", "import msgpack, websockets"])
        .output()
        .await;
    assert!(
        packages.is_ok_and(|output| output.status.success()),
        "the Python packages msgpack and websockets are not installed: run `deploy/test.sh install`"
    );
    let plant = Plant::start().await;
    let vehicle = plant.program.create_enabled("Tugger").await;
    let url = plant.program.url("/ws").replacen("http", "ws", 1);
    let token = plant.program.administrator().await.access.clone();
    let mut child = Command::new(PYTHON)
        .args(["websocket/decode.py", PAGE, &url, &token])
        .current_dir(FOLDER)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .expect("Python is there");
    let mut lines = BufReader::new(child.stdout.take().expect("it is piped")).lines();
    for expected in ["welcome", "configured", "subscribed"] {
        assert_eq!(next_message(&mut lines).await["type"], expected);
    }
    let mut robot = plant.robot().await;
    robot.is_at(&vehicle, 1.5).await;
    let update = next_event(&mut lines, "positionUpdate").await;
    assert_eq!(update["position"]["x"], 1.5, "{update}");
    robot.is_at(&vehicle, 2.5).await;
    let delta = next_event(&mut lines, "positionDelta").await;
    assert_eq!(delta["position"]["x"], 2.5, "{delta}");
    assert!(delta["position"].get("y").is_none(), "{delta}");
}

/// Checks the messages in blocks and in tables, which contain `…` in place of omitted parts.
#[test]
fn the_printed_messages_have_the_fields_of_the_described_ones() {
    let described: Value = serde_json::from_str(api_ws::asyncapi::json()).expect("JSON");
    let page = std::fs::read_to_string(PAGE).expect("the page is there");
    let printed = page
        .split('`')
        .filter(|text| text.starts_with(r#"{"type":"#))
        .filter_map(|text| serde_json::from_str(text).ok());
    let blocks = blocks("json");
    let frames = blocks
        .iter()
        .map(|block| serde_json::from_str::<Value>(&block.replace("[…]", "[]")).expect(block));
    let messages: Vec<Value> = printed.chain(frames).collect();
    assert!(messages.len() > 12, "{messages:?}");
    for message in messages {
        let kind = message["type"].as_str().expect("a type");
        let name = kind[..1].to_uppercase() + &kind[1..];
        let schema = &described["components"]["schemas"][&name];
        for field in message.as_object().expect("an object").keys() {
            assert!(
                schema["properties"][field].is_object(),
                "{name} has no {field}: {message}"
            );
        }
    }
}

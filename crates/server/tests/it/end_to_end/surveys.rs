//! Positions and states of many vehicles, and conditional requests for vehicles.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::support::{Plant, Program, now_ms, position, until_ok};

/// Registers enabled vehicles and returns their ids.
async fn register_fleet(program: &Program, count: usize) -> Vec<String> {
    let line = |number: usize| {
        json!({
            "type": "FORKLIFT", "name": format!("Lift {number}"), "manufacturer": "Acme", "isEnabled": true,
            "specification": {"maxSpeed": 2, "maxLoad": 1500, "batteryCapacity": 20000}, "details": {},
        })
    };
    let lines: Vec<String> = (0..count).map(|number| line(number).to_string()).collect();
    let token = &program.administrator().await.access;
    let imported = program
        .request("POST", "/api/vehicles/import")
        .bearer_auth(token)
        .header("content-type", "application/x-ndjson")
        .body(lines.join("\n"))
        .send()
        .await
        .expect("it listens");
    assert_eq!(imported.status(), 200);
    let mut ids = Vec::new();
    let mut path = "/api/vehicles?first=500".to_owned();
    loop {
        let (_, page) = program.as_administrator("GET", &path, None).await;
        let items = page["items"].as_array().expect("a list");
        ids.extend(
            items
                .iter()
                .map(|item| item["id"].as_str().expect("an id").to_owned()),
        );
        if page["pageInfo"]["hasNextPage"] == false {
            return ids;
        }
        let after = page["pageInfo"]["endCursor"].as_str().expect("a cursor");
        path = format!("/api/vehicles?first=500&after={after}");
    }
}

async fn items(program: &Program, path: &str) -> Vec<Value> {
    let (status, mut answer) = program.as_administrator("GET", path, None).await;
    assert_eq!(
        (status, &answer["isIncomplete"]),
        (200, &json!(false)),
        "{answer}"
    );
    answer["items"].take().as_array().expect("a list").clone()
}

fn ids_of(items: &[Value]) -> BTreeSet<&str> {
    items
        .iter()
        .filter_map(|item| item["vehicleId"].as_str())
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn positions_of_a_whole_fleet_are_returned_in_one_response() {
    let plant = Plant::with(&[("LIMITS__API_PER_SECOND", "1"), ("LIMITS__API_BURST", "200")]).await;
    let program = &plant.program;
    let ids = register_fleet(program, 2_600).await;
    let mut robot = plant.robot().await;
    for some in ids.chunks(500) {
        let positions: Vec<Value> = some.iter().map(|id| position(id, 1.5)).collect();
        robot
            .publish("vehicle:position:update", json!(positions).to_string())
            .await;
    }
    let quota = async || {
        let token = &program.administrator().await.access;
        let answer = program
            .request("GET", "/api/positions")
            .bearer_auth(token)
            .send()
            .await;
        let answer = answer.expect("it listens");
        let left = answer.headers()["ratelimit"].to_str().expect("ASCII").to_owned();
        (answer.text().await.expect("a whole body"), left)
    };
    let shown = until_ok("all positions are there", async || {
        let (text, _) = quota().await;
        let answer: Value = serde_json::from_str(&text).expect("JSON");
        let items = answer["items"].as_array().expect("a list").clone();
        (items.len() == ids.len()).then_some(items)
    })
    .await;
    assert_eq!(ids_of(&shown), ids.iter().map(String::as_str).collect());
    let item = &shown[2_599];
    assert_eq!(
        (
            &item["position"]["x"],
            &item["position"]["mapId"],
            &item["connectionStatus"]
        ),
        (&json!(1.5), &json!("floor-1"), &json!("CONNECTED"))
    );
    assert!(item["ageMs"].as_u64().is_some_and(|age| age < 60_000), "{item}");

    // The response consists of six portions, each of which costs as much as a request.
    let left = |text: &str| -> i64 {
        let remaining = text.split("r=").nth(1).expect("what is left");
        let digits: String = remaining.chars().take_while(char::is_ascii_digit).collect();
        digits.parse().expect("a number")
    };
    let before = left(&quota().await.1);
    let after = left(&quota().await.1);
    assert!((4..=6).contains(&(before - after)), "{before} then {after}");
}

#[tokio::test(flavor = "multi_thread")]
async fn positions_and_states_can_be_filtered_by_id_and_map() {
    let plant = Plant::start().await;
    let program = &plant.program;
    let (a, b, silent) = (
        program.create_enabled("A").await,
        program.create_enabled("B").await,
        program.create_enabled("C").await,
    );
    let mut robot = plant.robot().await;
    robot.is_at(&a, 1.5).await;
    let elsewhere = json!({"map_id": "floor-2"});
    let mut at_b = position(&b, 2.5);
    at_b["map_id"] = elsewhere["map_id"].clone();
    robot.publish("vehicle:position:update", at_b.to_string()).await;
    let state = json!({
        "vehicleId": a, "currentSpeed": 0.5, "batteryLevel": 80.0, "lastUpdateTime": now_ms(), "status": "MOVING",
    });
    robot.publish("vehicle:state:update", state.to_string()).await;
    until_ok("all messages are received", async || {
        let positions = items(program, "/api/positions").await;
        let states = items(program, "/api/states").await;
        (positions.len() == 2 && states.len() == 1).then_some(())
    })
    .await;

    let only = items(
        program,
        &format!("/api/positions?ids={b},{silent},00000000-0000-7000-8000-000000000404"),
    )
    .await;
    assert_eq!(ids_of(&only), BTreeSet::from([b.as_str()]));
    let on_map = items(program, "/api/positions?mapId=floor-1").await;
    assert_eq!(ids_of(&on_map), BTreeSet::from([a.as_str()]));
    let states = items(program, &format!("/api/states?mapId=floor-1&ids={a},{b}")).await;
    assert_eq!(
        (&states[0]["state"]["batteryLevel"], &states[0]["status"]),
        (&json!(80.0), &json!("MOVING"))
    );
    let (status, problem) = program.as_administrator("GET", "/api/states?ids=x", None).await;
    assert_eq!((status, &problem["errors"][0]["field"]), (422, &json!("ids")));

    // A server that has just started reads positions from the keys.
    let other = plant.another(&[]).await;
    let path = format!("/api/positions?ids={a},{b}");
    until_ok("the keys are written", async || {
        let there = items(&other, &path).await;
        (ids_of(&there) == BTreeSet::from([a.as_str(), b.as_str()])).then_some(())
    })
    .await;

    // Without Redis, known positions are still returned. For one second, the cache still contains the result that C has
    // no position.
    let mut plant = plant;
    plant.redis.kill();
    until_ok("the position of C cannot be read", async || {
        let (status, answer) = plant
            .program
            .as_administrator("GET", "/api/positions", None)
            .await;
        let known = ids_of(answer["items"].as_array().expect("a list")).len();
        assert_eq!((status, known), (200, 2), "{answer}");
        (answer["isIncomplete"] == true).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_status_reported_by_the_robot_changes_the_entity_tag() {
    let plant = Plant::start().await;
    let program = &plant.program;
    let vehicle = program.create_enabled("Tugger").await;
    let path = format!("/api/vehicles/{vehicle}");
    let token = program.administrator().await.access.clone();
    let get = async |tag: Option<&str>| {
        let mut request = program.request("GET", &path).bearer_auth(&token);
        if let Some(tag) = tag {
            request = request.header("if-none-match", tag);
        }
        let answer = request.send().await.expect("it listens");
        let tag = answer.headers()["etag"].to_str().expect("ASCII").to_owned();
        (
            answer.status().as_u16(),
            tag,
            answer.text().await.expect("a body"),
        )
    };
    let (_, tag, _) = get(None).await;
    let (status, same, body) = get(Some(&tag)).await;
    assert_eq!((status, same.as_str(), body.as_str()), (304, tag.as_str(), ""));

    let mut robot = plant.robot().await;
    let state = json!({
        "vehicleId": vehicle, "currentSpeed": 0.5, "batteryLevel": 80.0, "lastUpdateTime": now_ms(), "status": "MOVING",
    });
    robot.publish("vehicle:state:update", state.to_string()).await;
    let (next, body) = until_ok("the vehicle has changed", async || {
        let (status, next, body) = get(Some(&tag)).await;
        (status == 200).then_some((next, body))
    })
    .await;
    assert_ne!(next, tag);
    assert!(body.contains("\"MOVING\""), "{body}");
    let change = program
        .request("PUT", &path)
        .bearer_auth(&token)
        .header("if-match", &tag)
        .json(&json!({"model": "M2"}));
    assert_eq!(change.send().await.expect("it listens").status(), 200);
}

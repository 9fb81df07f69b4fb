//! The heartbeats of bridges: `/health/ros2`, and the bridges in the mappings of vehicles.

use deadpool_redis::redis::{aio::MultiplexedConnection, cmd};
use serde_json::{Value, json};

use super::support::{Plant, Program, Tokens, until_ok};

const PATH: &str = "/health/ros2";

/// Stores a heartbeat that expires after some seconds.
async fn send(connection: &mut MultiplexedConnection, name: &str, heartbeat: &str, seconds: u64) {
    cmd("SET")
        .arg(format!("fleetwatch:bridge:{name}"))
        .arg(heartbeat)
        .arg("EX")
        .arg(seconds)
        .exec_async(connection)
        .await
        .expect("Redis is up");
}

fn robot(vehicle: &str, status: &str) -> Value {
    json!({
        "vehicleId": vehicle, "status": status, "reason": "as a test says", "since": 1_732_333_333_123_i64,
        "clockOffsetMs": -12.5,
    })
}

/// Creates a user who may only see one vehicle.
async fn guest_with(program: &Program, vehicle: &str) -> Tokens {
    let (_, made) = program
        .as_administrator("POST", "/api/organizations", Some(json!({"name": "Guests"})))
        .await;
    let guest = program.create_user("guest", "VIEWER", made["id"].as_str()).await;
    let grant = json!({"userId": guest.user, "vehicleId": vehicle});
    let (status, made) = program.as_administrator("POST", "/api/grants", Some(grant)).await;
    assert_eq!(status, 201, "{made}");
    guest
}

/// Waits until the mapping of a vehicle shows this bridge, in both APIs alike.
async fn until_mapped(program: &Program, token: &str, vehicle: &str, bridge: &Value) {
    let path = format!("/api/vehicles/{vehicle}/mapping");
    let query = "query($id: ID!) {
        vehicle(id: $id) { mapping { bridge { name status reason since clockOffsetMs } } }
    }";
    until_ok("the bridge is in the mapping", || async {
        let (status, rest) = program.rest("GET", &path, Some(token), None).await;
        assert_eq!(status, 200, "{rest}");
        let answer = program
            .graphql_as(Some(token), query, json!({"id": vehicle}))
            .await;
        assert!(answer.get("errors").is_none(), "{answer}");
        let graphql = &answer["data"]["vehicle"]["mapping"]["bridge"];
        (rest["bridge"] == *bridge && graphql == bridge).then_some(())
    })
    .await;
}

/// Waits until a caller sees what the test looks for, and returns the body.
async fn until_seen(program: &Program, token: Option<&str>, is_it: impl Fn(&Value) -> bool) -> Value {
    until_ok("the heartbeats are read", || async {
        let (status, body) = program.rest("GET", PATH, token, None).await;
        is_it(&body).then(|| {
            assert_eq!(status, 200, "{body}");
            body
        })
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn bridges_are_shown_to_those_who_may_see_their_robots() {
    let plant = Plant::start().await;
    let program = &plant.program;
    let (own, other) = (program.create("Own").await, program.create("Other").await);
    let guest = guest_with(program, &own).await;
    let administrator = program.administrator().await.access.clone();

    let body = until_seen(program, None, |body| body["status"] == "up").await;
    assert!(body.get("bridges").is_none(), "{body}");
    let mut connection = plant.redis.connection().await;
    let both = json!({"robots": [robot(&own, "connected"), robot(&other, "silent")]});
    send(&mut connection, "hall-1", &both.to_string(), 15).await;
    send(&mut connection, "hall-2", r#"{"robots":[{"vehicleId":7}]}"#, 15).await;

    let body = until_seen(program, Some(&administrator), |body| {
        body["bridges"]
            .as_array()
            .is_some_and(|bridges| bridges.len() == 2)
    })
    .await;
    assert_eq!(
        (&body["status"], &body["reason"]),
        (&json!("degraded"), &json!("a heartbeat is invalid")),
        "{body}"
    );
    let bridges = &body["bridges"];
    assert_eq!(bridges[0]["name"], "hall-1", "{body}");
    assert_eq!(bridges[0]["status"], "alive", "{body}");
    let shown = |vehicle: &str, status: &str| {
        json!({
            "vehicleId": vehicle, "status": status, "reason": "as a test says",
            "since": "2024-11-23T03:42:13.123Z", "clockOffsetMs": -12.5,
        })
    };
    assert_eq!(
        bridges[0]["robots"],
        json!([shown(&own, "connected"), shown(&other, "silent")])
    );
    assert_eq!(
        (&bridges[1]["name"], &bridges[1]["status"]),
        (&json!("hall-2"), &json!("invalid")),
        "{body}"
    );
    let error = bridges[1]["error"].as_str().expect("a text");
    assert_eq!(error, "robots[0].vehicleId: must be a string");

    // A caller with a narrower scope only sees its own robots, and no invalid heartbeat.
    let (_, body) = program.rest("GET", PATH, Some(&guest.access), None).await;
    assert_eq!(body["bridges"].as_array().map(Vec::len), Some(1), "{body}");
    assert_eq!(body["bridges"][0]["robots"], json!([shown(&own, "connected")]));
    assert!(!body.to_string().contains(&other), "{body}");

    // Without a token, only the status of all bridges is shown.
    let (_, body) = program.rest("GET", PATH, None, None).await;
    let mut fields: Vec<_> = body.as_object().expect("an object").keys().collect();
    fields.sort();
    assert_eq!(fields, ["latencyMs", "reason", "since", "status"], "{body}");
    let (status, problem) = program.rest("GET", PATH, Some("x.y.z"), None).await;
    assert_eq!(status, 401, "{problem}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bridge_whose_heartbeat_expires_is_lost() {
    let mut plant = Plant::start().await;
    let administrator = plant.program.administrator().await.access.clone();
    let token = Some(administrator.as_str());
    let mut connection = plant.redis.connection().await;
    send(&mut connection, "hall-1", r#"{"robots":[]}"#, 2).await;
    let is = |status: &'static str| move |body: &Value| body["bridges"][0]["status"] == status;
    let body = until_seen(&plant.program, token, is("alive")).await;
    assert_eq!(body["status"], "up", "{body}");
    let body = until_seen(&plant.program, token, is("lost")).await;
    assert_eq!(body["reason"], "a bridge no longer sends heartbeats", "{body}");
    send(&mut connection, "hall-1", r#"{"robots":[]}"#, 15).await;
    until_seen(&plant.program, token, is("alive")).await;

    plant.redis.kill();
    until_ok("Redis is unavailable", || async {
        let (status, body) = plant.program.get(PATH).await;
        (status == 503).then(|| assert!(body.contains("Redis is unavailable"), "{body}"))
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn many_requests_read_the_heartbeats_about_once_a_second() {
    let plant = Plant::start().await;
    let mut connection = plant.redis.connection().await;
    let scans = async |connection: &mut MultiplexedConnection| {
        let statistics: String = cmd("INFO")
            .arg("commandstats")
            .query_async(connection)
            .await
            .expect("information");
        let line = statistics
            .lines()
            .find_map(|line| line.strip_prefix("cmdstat_scan:calls="));
        let number = line
            .and_then(|line| line.split_once(','))
            .map(|(number, _)| number.parse::<u64>());
        number.transpose().expect("a number").unwrap_or(0)
    };
    let (before, began) = (scans(&mut connection).await, std::time::Instant::now());
    for _ in 0..500 {
        assert_eq!(plant.program.get(PATH).await.0, 200);
    }
    let (scans, took) = (
        scans(&mut connection).await - before,
        began.elapsed().as_secs_f64(),
    );
    assert!(
        scans as f64 <= took + 2.0,
        "{scans} scans for 500 requests in {took} s"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_mapping_of_a_vehicle_shows_its_bridge() {
    let mut plant = Plant::start().await;
    let program = &plant.program;
    let own = program.create_enabled("Own").await;
    let other = program.create_enabled("Other").await;
    let guest = guest_with(program, &own).await;
    let administrator = program.administrator().await.access.clone();
    let bridge = |name: &str, status: &str| {
        json!({
            "name": name, "status": status, "reason": "as a test says", "since": "2024-11-23T03:42:13.123Z",
            "clockOffsetMs": -12.5,
        })
    };
    let mut connection = plant.redis.connection().await;
    until_mapped(program, &administrator, &own, &json!(null)).await;
    let heartbeat = json!({"robots": [robot(&own, "silent"), robot(&other, "no_data")]}).to_string();
    send(&mut connection, "hall-1", &heartbeat, 15).await;
    until_mapped(program, &administrator, &own, &bridge("hall-1", "silent")).await;
    until_mapped(program, &administrator, &other, &bridge("hall-1", "no_data")).await;

    // Users see the bridges of the vehicles that they may see.
    until_mapped(program, &guest.access, &own, &bridge("hall-1", "silent")).await;
    let path = format!("/api/vehicles/{other}/mapping");
    let (status, problem) = program.rest("GET", &path, Some(&guest.access), None).await;
    assert_eq!((status, problem.get("bridge")), (404, None), "{problem}");

    // A bridge whose robot is connected takes precedence.
    let heartbeat = json!({"robots": [robot(&own, "connected")]}).to_string();
    send(&mut connection, "hall-2", &heartbeat, 15).await;
    until_mapped(program, &administrator, &own, &bridge("hall-2", "connected")).await;

    plant.redis.kill();
    let unknown = json!({
        "name": null, "status": "unknown", "reason": "the heartbeats cannot be read", "since": null,
        "clockOffsetMs": null,
    });
    until_mapped(&plant.program, &administrator, &own, &unknown).await;
}

//! Faulty messages: a fault affects only the field, element or message that it is in.

use std::time::Duration;

use deadpool_redis::redis::{AsyncCommands as _, cmd};
use serde_json::{Value, json};

use super::support::{Plant, Program, now_ms, position, until_ok};

const POSITION: &str = "vehicle:position:update";
const STATE: &str = "vehicle:state:update";

fn odometry(vehicle: &str, x: f64, stamp: &str, rest: &str) -> String {
    format!(
        r#"{{"vehicleId":"{vehicle}","type":"nav_msgs/msg/Odometry","msg":{{"header":{{"stamp":{stamp},"frame_id":"/map"}},"pose":{{"pose":{{"position":{{"x":{x},"y":0,"z":0}},"orientation":{{"x":0,"y":0,"z":0,"w":1}}}},"covariance":[{covariance}]}}{rest}}}}}"#,
        covariance = vec!["NaN"; 36].join(",")
    )
}

fn stamp_now() -> String {
    let ms = now_ms();
    format!(
        r#"{{"sec":{}.0,"nanosec":{}}}"#,
        ms / 1_000,
        ms % 1_000 * 1_000_000
    )
}

async fn mapping(program: &Program, vehicle: &str) -> Value {
    let query = "query($id: ID!) { vehicle(id: $id) { connectionStatus mapping { syncStatus lastRejection { reason detail at count } } } }";
    program.graphql(query, json!({"id": vehicle})).await["data"]["vehicle"].clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn unknown_values_in_optional_fields_are_dropped() {
    let plant = Plant::start().await;
    let vehicle = plant.program.create_enabled("Messy").await;
    let mut client = plant.program.watch_all().await;
    let mut robot = plant.robot().await;

    robot
        .publish(POSITION, odometry(&vehicle, 1.0, &stamp_now(), ""))
        .await;
    client.until_at(&vehicle, 1.0).await;
    let twist = r#","twist":{"twist":{"linear":{"x":0.3,"y":0.4,"z":null},"angular":{"x":0,"y":0,"z":NaN}},"covariance":null}"#;
    robot
        .publish(POSITION, odometry(&vehicle, 1.5, &stamp_now(), twist))
        .await;
    client.until_at(&vehicle, 1.5).await;
    let twist = r#","twist":"none","child_frame_id":7"#;
    robot
        .publish(POSITION, odometry(&vehicle, 2.0, &stamp_now(), twist))
        .await;
    client.until_at(&vehicle, 2.0).await;

    let battery = format!(
        r#"{{"vehicleId":"{vehicle}","type":"sensor_msgs/msg/BatteryState","msg":{{"header":{{"stamp":{},"frame_id":""}},"percentage":0.5,"voltage":NaN,"current":null,"cell_voltage":[NaN,NaN]}}}}"#,
        stamp_now()
    );
    robot.publish(STATE, battery).await;
    let level = |event: &Value| event["state"]["batteryLevel"].as_f64();
    let found = client.until_event("the battery's charge", level).await;
    assert_eq!(found, 50.0);
    let full = format!(
        r#"{{"vehicleId":"{vehicle}","type":"sensor_msgs/msg/BatteryState","msg":{{"header":{{"stamp":{},"frame_id":""}},"percentage":1.004}}}}"#,
        stamp_now()
    );
    robot.publish(STATE, full).await;
    client
        .until_event("a full battery", |event| {
            level(event).filter(|found| *found == 100.0)
        })
        .await;

    let state = json!({"vehicleId": vehicle, "currentSpeed": 0.25, "batteryLevel": 104.0, "currentLoad": -0.02, "temperature": "warm",
        "errorCodes": ["ESTOP", 7, null, "x".repeat(101)], "status": "FLYING", "lastUpdateTime": now_ms()});
    robot.publish(STATE, state.to_string()).await;
    let seen = client
        .until_event("the rest of the state", |event| {
            (event["state"]["currentSpeed"] == 0.25).then(|| event["state"].clone())
        })
        .await;
    assert_eq!(seen["batteryLevel"], 100.0);
    assert_eq!(seen["errorCodes"], json!(["ESTOP"]));
    assert!(
        seen["currentLoad"].is_null() && seen["temperature"].is_null(),
        "{seen}"
    );
    for field in ["currentLoad", "temperature", "errorCodes", "status", "twist"] {
        let line = format!("fleetwatch_ingest_fields_dropped_total{{field=\"{field}\"}}");
        assert_eq!(plant.program.metric(&line).await, 1.0, "{field}");
    }
    assert!(robot.dead_letters().await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invalid_element_does_not_affect_its_neighbours() {
    let plant = Plant::start().await;
    let vehicle = plant.program.create_enabled("Messy").await;
    let mut client = plant.program.watch_all().await;
    let mut robot = plant.robot().await;
    let nan = position(&vehicle, 66.0).to_string().replace("66.0", "NaN");
    let corrupted = [
        (nan.as_str(), "not_finite"),
        ("{\"vehicleId\":", "not_json"),
        ("{]}", "not_json"),
        ("\"no end", "not_json"),
        ("tru", "not_json"),
        ("", "not_json"),
        ("\u{0}", "not_json"),
    ];
    for (number, (element, reason)) in corrupted.into_iter().enumerate() {
        let x = f64::from(u32::try_from(number).expect("a small number")) + 1.0;
        let before = position(&vehicle, x);
        robot.publish(POSITION, format!("[{before},{element}]")).await;
        client.until_at(&vehicle, x).await;
        let letters = until_ok("the invalid element is dead-lettered", || async {
            let letters = robot.dead_letters().await;
            (letters.len() == number + 1).then_some(letters)
        })
        .await;
        assert_eq!(letters[number]["reason"], reason.as_bytes(), "{element:?}");
    }
    let after = position(&vehicle, 7.5);
    robot
        .publish(POSITION, format!("[{nan},tru,{{\"a\":[1}}{after}]"))
        .await;
    robot
        .publish(POSITION, format!("[{nan},tru,{}]", position(&vehicle, 8.0)))
        .await;
    client.until_at(&vehicle, 8.0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn elements_before_a_break_in_an_array_are_used() {
    let plant = Plant::start().await;
    let vehicle = plant.program.create_enabled("Messy").await;
    let mut client = plant.program.watch_all().await;
    let mut robot = plant.robot().await;
    let at = |x: f64| position(&vehicle, x).to_string();
    robot
        .publish(POSITION, format!("[{},{}}}", at(1.0), at(2.0)))
        .await;
    client.until_at(&vehicle, 2.0).await;
    robot
        .publish(POSITION, format!("[{}}},{}]", at(3.0), at(99.0)))
        .await;
    client.until_at(&vehicle, 3.0).await;
    robot.publish(POSITION, format!("[{},{}", at(4.0), at(5.0))).await;
    client.until_at(&vehicle, 5.0).await;
    robot
        .publish(POSITION, format!("[{},{{\"vehicleId\":", at(6.0)))
        .await;
    client.until_at(&vehicle, 6.0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invalid_orientation_is_dropped_if_there_is_another() {
    let plant = Plant::start().await;
    let vehicle = plant.program.create_enabled("Messy").await;
    let mut client = plant.program.watch_all().await;
    let mut robot = plant.robot().await;
    for (x, rest, heading) in [
        (1.0, r#""qx":"a","qy":0,"qz":0,"qw":1,"heading":45"#, 45.0),
        (2.0, r#""roll":0.1,"heading":5"#, 5.0),
        (3.0, r#""yaw":"north","heading":7"#, 7.0),
        (4.0, r#""qx":0,"qy":0,"qz":0,"qw":1.1"#, 0.0),
    ] {
        let now = now_ms();
        let message = format!(r#"{{"vehicleId":"{vehicle}","x":{x},"y":0,"z":0,"timestamp":{now},{rest}}}"#);
        robot.publish(POSITION, message).await;
        let seen = client.until_at(&vehicle, x).await;
        let found = seen["position"]["heading"].as_f64().expect("a heading");
        assert!((found - heading).abs() < 0.01, "{rest}: {found}");
    }
    for (field, times) in [("qx", 1.0), ("yaw", 1.0), ("roll", 0.0)] {
        let line = format!("fleetwatch_ingest_fields_dropped_total{{field=\"{field}\"}}");
        assert_eq!(plant.program.metric(&line).await, times, "{field}");
    }
    assert!(robot.dead_letters().await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn invalid_utf8_affects_only_the_field_that_contains_it() {
    let plant = Plant::start().await;
    let vehicle = plant.program.create_enabled("Messy").await;
    let mut client = plant.program.watch_all().await;
    let mut robot = plant.robot().await;
    let corrupted = |json: String| -> Vec<u8> {
        let corrupt = |byte| if byte == b'#' { 0xff } else { byte };
        json.bytes().map(corrupt).collect()
    };
    let message = odometry(&vehicle, 1.0, &stamp_now(), r#","child_frame_id":"base#""#);
    robot.publish(POSITION, corrupted(message)).await;
    client.until_at(&vehicle, 1.0).await;
    let state = format!(
        r#"{{"vehicleId":"{vehicle}","currentSpeed":0.5,"batteryLevel":50,"errorCodes":["E1","St#rung"],"temperature":-400,"lastUpdateTime":{}}}"#,
        now_ms()
    );
    robot.publish(STATE, corrupted(state)).await;
    let seen = client
        .until_event("the state", |event| {
            (event["state"]["currentSpeed"] == 0.5).then(|| event["state"].clone())
        })
        .await;
    assert_eq!(seen["errorCodes"], json!(["E1"]));
    assert!(seen["temperature"].is_null(), "{seen}");

    let needed =
        odometry(&vehicle, 2.0, &stamp_now(), "").replace("nav_msgs/msg/Odometry", "nav_msgs/msg/Odo#");
    robot.publish(POSITION, corrupted(needed)).await;
    until_ok("the rejection is reported", || async {
        let seen = mapping(&plant.program, &vehicle).await;
        (seen["mapping"]["lastRejection"]["reason"] == "invalid_utf8").then_some(())
    })
    .await;
    until_ok("the dead letter is stored", || async {
        (robot.dead_letters().await.len() == 1).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_robot_with_rejected_messages_stays_connected_and_its_mapping_states_the_reason() {
    let plant = Plant::with(&[
        ("LIVE__STALE_AFTER_MS", "1000"),
        ("LIVE__DISCONNECTED_AFTER_MS", "2000"),
    ])
    .await;
    let vehicle = plant.program.create_enabled("Lost").await;
    let mut robot = plant.robot().await;
    robot.is_at(&vehicle, 0.0).await;
    until_ok("its keys are written", || async {
        (mapping(&plant.program, &vehicle).await["mapping"]["syncStatus"] == "SYNCED").then_some(())
    })
    .await;
    // Publish for longer than the time after which a silent vehicle is disconnected.
    for _ in 0..12 {
        robot.is_at(&vehicle, 20_000.0).await;
        tokio::time::sleep(Duration::from_millis(250)).await;
    }
    let seen = until_ok("the rejections are reported", || async {
        let seen = mapping(&plant.program, &vehicle).await;
        (seen["mapping"]["lastRejection"]["count"] == 12).then_some(seen)
    })
    .await;
    assert_eq!(seen["connectionStatus"], "CONNECTED", "{seen}");
    assert_eq!(seen["mapping"]["syncStatus"], "ERROR");
    let rejection = &seen["mapping"]["lastRejection"];
    assert_eq!(rejection["reason"], "out_of_bounds");
    assert_eq!(rejection["detail"], "position is outside the bounds");

    robot
        .publish(
            POSITION,
            position(&vehicle, 1.0).to_string().replace("2.0", "null"),
        )
        .await;
    until_ok("a fault of the message itself is reported", || async {
        let seen = mapping(&plant.program, &vehicle).await;
        (seen["mapping"]["lastRejection"]["reason"] == "not_finite").then_some(())
    })
    .await;
    let (status, rest) = plant
        .program
        .as_administrator("GET", &format!("/api/vehicles/{vehicle}/mapping"), None)
        .await;
    assert_eq!(
        (status, &rest["lastRejection"]["reason"]),
        (200, &json!("not_finite"))
    );

    robot.is_at(&vehicle, 1.0).await;
    until_ok("an accepted message clears the rejection", || async {
        let seen = mapping(&plant.program, &vehicle).await;
        (seen["mapping"]["lastRejection"].is_null() && seen["mapping"]["syncStatus"] == "SYNCED")
            .then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_single_faulty_state_is_not_reported_for_ever_if_only_positions_follow() {
    let plant = Plant::with(&[
        ("LIVE__STALE_AFTER_MS", "1000"),
        ("LIVE__DISCONNECTED_AFTER_MS", "2000"),
    ])
    .await;
    let vehicle = plant.program.create_enabled("Once").await;
    let mut robot = plant.robot().await;
    let state = |level: f64| {
        let message = json!({"vehicleId": vehicle, "currentSpeed": 0, "batteryLevel": level,
            "lastUpdateTime": now_ms()});
        message.to_string()
    };
    let path = format!("/api/vehicles/{vehicle}/mapping");
    // Every state is faulty. They are sent for longer than the time after which rejections end.
    for _ in 0..12 {
        robot.publish(STATE, state(-5.0)).await;
        robot.is_at(&vehicle, 1.0).await;
        tokio::time::sleep(Duration::from_millis(250)).await;
    }
    let rejected = until_ok("the rejections are reported", || async {
        let (_, rest) = plant.program.as_administrator("GET", &path, None).await;
        (rest["lastRejection"]["count"] == 12).then_some(rest)
    })
    .await;
    assert_eq!(rejected["syncStatus"], "ERROR");
    assert_eq!(rejected["lastRejection"]["reason"], "invalid_field");
    // From now on, only positions are sent.
    for _ in 0..8 {
        robot.is_at(&vehicle, 1.0).await;
        tokio::time::sleep(Duration::from_millis(250)).await;
    }
    until_ok("the rejection ends", || async {
        let seen = mapping(&plant.program, &vehicle).await["mapping"].clone();
        (seen["syncStatus"] == "SYNCED" && seen["lastRejection"].is_null()).then_some(())
    })
    .await;
    let (_, rest) = plant.program.as_administrator("GET", &path, None).await;
    assert_eq!(
        (&rest["syncStatus"], &rest["lastRejection"]),
        (&json!("SYNCED"), &json!(null))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn times_since_boot_are_accepted_and_clocks_may_be_set_back() {
    let plant = Plant::start().await;
    let other = plant.another(&[]).await;
    let vehicle = plant.program.create_enabled("Restarted").await;
    let mut client = plant.program.watch_all().await;
    let mut elsewhere = other.watch_all().await;
    let mut robot = plant.robot().await;
    let at = |x: f64, ms: i64| {
        let mut message = position(&vehicle, x);
        message["timestamp"] = json!(ms);
        message.to_string()
    };
    // Time since the robot was switched on.
    robot.publish(POSITION, at(1.0, 500_000)).await;
    client.until_at(&vehicle, 1.0).await;
    elsewhere.until_at(&vehicle, 1.0).await;
    // The robot is switched off, carried elsewhere, and switched on again. It publishes until both servers accept the
    // new clock: how many messages that takes depends on when they arrive.
    let mut x = 300.0;
    let mut ms = 1;
    let moves = async {
        loop {
            robot.publish(POSITION, at(x, ms)).await;
            tokio::time::sleep(Duration::from_millis(270)).await;
            (x, ms) = (x + 1.0, ms + 100);
        }
    };
    let is_accepted = async {
        for client in [&mut client, &mut elsewhere] {
            client
                .until_event("its new place", |event| {
                    event["position"]["x"].as_f64().filter(|x| *x >= 300.0)
                })
                .await;
        }
    };
    tokio::select! {
        () = is_accepted => {}
        () = moves => {}
    }
    for program in [&plant.program, &other] {
        assert_eq!(program.metric("fleetwatch_clock_resets_total").await, 1.0);
        // Times since boot have no age.
        assert_eq!(program.metric("fleetwatch_redis_sync_lag_seconds_sum").await, 0.0);
    }
    let key = format!("vehicle:{{{vehicle}}}:position");
    for _ in 0..3 {
        (x, ms) = (x + 1.0, ms + 100);
        robot.publish(POSITION, at(x, ms)).await;
        until_ok("the key follows the new clock", || {
            let (mut connection, key) = (robot.connection.clone(), key.clone());
            async move {
                let found: Option<String> = connection.hget(key, "x").await.expect("Redis is there");
                (found?.parse::<f64>().ok()? == x).then_some(())
            }
        })
        .await;
    }

    // A stamp of zero is not set, and the time of arrival is used instead.
    x += 1.0;
    robot.publish(POSITION, at(x, 0)).await;
    let seen = client.until_at(&vehicle, x).await;
    let timestamp = seen["position"]["timestamp"].as_i64().expect("a time");
    assert!((now_ms() - timestamp).abs() < 60_000, "{timestamp}");
    for ms in [now_ms() / 1_000, now_ms() * 1_000, now_ms() * 1_000_000] {
        robot.publish(POSITION, at(x + 1.0, ms)).await;
    }
    until_ok("other units are rejected", || async {
        let line = "fleetwatch_dlq_messages_total{reason=\"timestamp_unit\"}";
        (plant.program.metric(line).await + other.metric(line).await >= 3.0).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invalid_key_is_ignored_and_rewritten() {
    let plant = Plant::start().await;
    let mut robot = plant.robot().await;
    let vehicles = [
        plant.program.create_enabled("Future").await,
        plant.program.create_enabled("Far").await,
        plant.program.create_enabled("Text").await,
        plant.program.create_enabled("Garbage").await,
    ];
    let key = |vehicle: &str| format!("vehicle:{{{vehicle}}}:position");
    let hash = |x: &str, ms: i64| {
        let mut fields = vec![("x", x.to_owned()), ("timestamp", ms.to_string())];
        fields.extend(["y", "z", "qx", "qy", "qz"].map(|name| (name, "0".to_owned())));
        fields.push(("qw", "1".to_owned()));
        fields
    };
    let in_11_days = now_ms() + 11 * 86_400_000;
    let written: [(&str, Vec<(&str, String)>); 3] = [
        (&vehicles[0], hash("5", in_11_days)),
        (&vehicles[1], hash("1e9", now_ms())),
        (&vehicles[3], hash("here", now_ms())),
    ];
    for (vehicle, fields) in written {
        let _: () = robot
            .connection
            .hset_multiple(key(vehicle), &fields)
            .await
            .expect("Redis is there");
    }
    let _: () = robot
        .connection
        .set(key(&vehicles[2]), "a text")
        .await
        .expect("Redis is there");
    let _: () = cmd("SET")
        .arg("vehicles:positions")
        .arg("no map")
        .query_async(&mut robot.connection.clone())
        .await
        .expect("Redis is there");

    // This server finds these keys when it starts.
    let program = plant.another(&[("LIVE__SYNC_INTERVAL_MS", "50")]).await;
    for vehicle in &vehicles {
        let query = "query($id: ID!) { vehicle(id: $id) { connectionStatus position { x } } }";
        let answer = program.graphql(query, json!({"id": vehicle})).await;
        let seen = &answer["data"]["vehicle"];
        assert!(seen["position"].is_null(), "{answer}");
        assert_eq!(seen["connectionStatus"], "DISCONNECTED", "{answer}");
        let (status, _) = program
            .as_administrator("GET", &format!("/api/vehicles/{vehicle}/position"), None)
            .await;
        assert_eq!(status, 404);
    }
    let mut client = program.watch_all().await;
    for (number, vehicle) in vehicles.iter().enumerate() {
        let x = 1.0 + f64::from(u32::try_from(number).expect("a small number"));
        // Time since the robot was switched on.
        let mut message = position(vehicle, x);
        message["timestamp"] = json!(5_000);
        robot.publish(POSITION, message.to_string()).await;
        client.until_at(vehicle, x).await;
        until_ok("the key is written anew", || {
            let (mut connection, key) = (robot.connection.clone(), key(vehicle));
            async move {
                let found: Option<String> = connection.hget(key, "x").await.ok()?;
                (found?.parse::<f64>().ok()? == x).then_some(())
            }
        })
        .await;
    }
    until_ok("the geo set is restored", || async {
        let places: Vec<Option<(f64, f64)>> = cmd("GEOPOS")
            .arg("vehicles:positions")
            .arg(&vehicles)
            .query_async(&mut robot.connection.clone())
            .await
            .ok()?;
        places.iter().all(Option::is_some).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_heading_is_returned_unchanged() {
    let plant = Plant::start().await;
    let vehicle = plant.program.create_enabled("Turning").await;
    let mut client = plant.program.watch_all().await;
    let mut robot = plant.robot().await;
    for heading in [90, 45, 180, 270, 1, 359, 120] {
        let message = json!({"vehicleId": vehicle, "x": heading, "y": 0, "z": 0, "heading": heading,
            "timestamp": now_ms(), "frame_id": "map", "map_id": format!("floor {heading}")});
        robot.publish(POSITION, message.to_string()).await;
        let seen = client.until_at(&vehicle, f64::from(heading)).await;
        assert_eq!(seen["position"]["heading"].as_f64(), Some(f64::from(heading)));
    }
    let query = "query($id: ID!) { vehicle(id: $id) { position { heading } } }";
    let answer = plant.program.graphql(query, json!({"id": vehicle})).await;
    assert_eq!(answer["data"]["vehicle"]["position"]["heading"], 120.0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_twist_only_changes_the_speed_of_an_older_state() {
    let plant = Plant::start().await;
    let vehicle = plant.program.create_enabled("Late").await;
    let mut client = plant.program.watch_all().await;
    let mut robot = plant.robot().await;
    let began = now_ms();
    let state =
        json!({"vehicleId": vehicle, "currentSpeed": 0.75, "batteryLevel": 80, "lastUpdateTime": began});
    robot.publish(STATE, state.to_string()).await;
    let twist = r#","twist":{"twist":{"linear":{"x":0.25,"y":0,"z":0}}}"#;
    let stamp = |ms: i64| format!(r#"{{"sec":{},"nanosec":{}}}"#, ms / 1_000, ms % 1_000 * 1_000_000);
    robot
        .publish(POSITION, odometry(&vehicle, 1.0, &stamp(began - 500), twist))
        .await;
    let seen = client.until_at(&vehicle, 1.0).await;
    assert_eq!(seen["state"]["currentSpeed"], 0.75);
    robot
        .publish(POSITION, odometry(&vehicle, 2.0, &stamp(began + 500), twist))
        .await;
    let seen = client.until_at(&vehicle, 2.0).await;
    assert_eq!(seen["state"]["currentSpeed"], 0.25);
}

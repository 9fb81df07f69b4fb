//! Endpoints of vehicles.

use actix_web::http::Method;
use domain::OrganizationId;
use rstest::rstest;
use serde_json::{Value, json};

use crate::stage::{Stage, a_forklift};

#[actix_web::test]
async fn a_new_vehicle_has_the_documented_representation() {
    let stage = Stage::new();
    let input = json!({
        "name": " AMR 7 ", "type": "AMR", "manufacturer": "Acme", "model": "M1",
        "specification": {"maxSpeed": 1.5, "maxLoad": 100, "batteryCapacity": 960},
        "details": {
            "lidarEnabled": true, "cameraEnabled": false, "ultrasonicEnabled": true, "autonomyLevel": 4,
            "mapId": "floor-1", "obstacleAvoidanceConfig": {"minDistance": 0.4},
        },
    });
    let created = stage.post("/api/vehicles", &input).await;
    assert_eq!(created.status, 201, "{}", created.text());
    assert!(created.header("etag").starts_with("\"1-"));
    let mut vehicle = created.json();
    let location = created.header("location").to_owned();
    assert_eq!(
        location,
        format!("/api/vehicles/{}", vehicle["id"].as_str().expect("an id"))
    );
    let shown = stage.get(&location).await;
    assert_eq!((shown.status.as_u16(), shown.json()), (200, vehicle.clone()));
    assert_eq!(shown.header("etag"), created.header("etag"));
    for time in ["createdAt", "updatedAt"] {
        let text = vehicle[time].take();
        assert!(text.as_str().is_some_and(|text| text.ends_with('Z')), "{text}");
    }
    vehicle["id"].take();
    assert_eq!(
        vehicle,
        json!({
            "id": null, "type": "AMR", "name": "AMR 7", "manufacturer": "Acme", "model": "M1", "status": "IDLE",
            "isEnabled": false,
            "specification": {"maxSpeed": 1.5, "maxLoad": 100.0, "batteryCapacity": 960.0},
            "organizationId": OrganizationId::DEFAULT.to_string(), "groupIds": [],
            "details": {
                "lidarEnabled": true, "cameraEnabled": false, "ultrasonicEnabled": true, "autonomyLevel": 4,
                "mapId": "floor-1", "obstacleAvoidanceConfig": {"minDistance": 0.4},
            },
            "version": 1, "createdAt": null, "updatedAt": null,
        })
    );
}

#[actix_web::test]
async fn an_update_is_partial_and_null_clears_a_field() {
    let stage = Stage::new();
    let path = stage.forklift("Lift 1").await;
    let change = json!({"model": "L", "specification": {"maxSpeed": 3}, "details": {"mastHeight": 2.5, "forkLength": 1}});
    let changed = stage.put(&path, &change).await;
    assert_eq!(changed.status, 200, "{}", changed.text());
    assert!(changed.header("etag").starts_with("\"2-"));
    let change = json!({"model": null, "details": {"forkLength": null}});
    let changed = stage.put(&path, &change).await.json();
    assert_eq!(changed["model"], Value::Null);
    assert_eq!(changed["details"], json!({"mastHeight": 2.5}));
    assert_eq!(
        changed["specification"],
        json!({"maxSpeed": 3.0, "maxLoad": 1500.0, "batteryCapacity": 20000.0})
    );
    assert_eq!(
        (&changed["name"], &changed["version"]),
        (&json!("Lift 1"), &json!(3))
    );
    let same = stage.put(&path, &json!({})).await;
    assert!(same.header("etag").starts_with("\"3-"), "nothing is no change");
}

#[actix_web::test]
async fn only_one_of_two_updates_of_the_same_version_succeeds() {
    let stage = Stage::new();
    let path = stage.forklift("Lift 1").await;
    let update = |name: &str| {
        let ask = stage.ask(Method::PUT, &path).header("if-match", "\"1\"");
        ask.json(&json!({ "name": name })).send()
    };
    assert_eq!(update("first").await.status, 200);
    assert_eq!(update("second").await.faults(412), Vec::<String>::new());
    assert_eq!(stage.get(&path).await.json()["name"], "first");
}

#[rstest]
#[case("*", 200)]
#[case("\"1\"", 200)]
#[case("\"9\", \"1\"", 200)]
#[case("\"9\", \"8\"", 412)]
#[case("W/\"1\"", 412)]
#[case("\"other\"", 412)]
#[case("1", 422)]
#[actix_web::test]
async fn every_change_accepts_if_match(#[case] if_match: &'static str, #[case] status: u16) {
    let stage = Stage::new();
    let changes = [
        (Method::PUT, "", json!({"model": "L"})),
        (Method::POST, "/enable", Value::Null),
        (Method::POST, "/disable", Value::Null),
        (Method::PATCH, "/status", json!({"status": "MAINTENANCE"})),
        (Method::DELETE, "", Value::Null),
    ];
    for (number, (method, below, body)) in changes.into_iter().enumerate() {
        let path = stage.forklift(&format!("Lift {number}")).await;
        let mut ask = stage
            .ask(method.clone(), &format!("{path}{below}"))
            .header("if-match", if_match);
        if !body.is_null() {
            ask = ask.json(&body);
        }
        let answer = ask.send().await;
        let expected = if method == Method::DELETE && status == 200 {
            204
        } else {
            status
        };
        assert_eq!(answer.status, expected, "{method} {below}: {}", answer.text());
    }
}

#[actix_web::test]
async fn enabling_is_idempotent() {
    let stage = Stage::new();
    let path = stage.forklift("Lift 1").await;
    for _ in 0..2 {
        let enabled = stage.ask(Method::POST, &format!("{path}/enable")).send().await;
        assert_eq!(
            (enabled.status.as_u16(), &enabled.json()["isEnabled"]),
            (200, &json!(true))
        );
        assert!(enabled.header("etag").starts_with("\"2-"));
    }
    let disabled = stage.ask(Method::POST, &format!("{path}/disable")).send().await;
    assert_eq!(disabled.json()["isEnabled"], false);
}

#[actix_web::test]
async fn only_allowed_status_transitions_are_accepted() {
    let stage = Stage::new();
    let path = format!("{}/status", stage.forklift("Lift 1").await);
    let set = |status: &str| {
        stage
            .ask(Method::PATCH, &path)
            .json(&json!({ "status": status }))
            .send()
    };
    assert_eq!(set("MAINTENANCE").await.json()["status"], "MAINTENANCE");
    assert_eq!(
        set("MOVING").await.faults(422),
        ["status must not change from MAINTENANCE to MOVING"]
    );
    assert_eq!(
        set("FLYING").await.faults(422),
        ["status must be one of IDLE, MOVING, CHARGING, ERROR, STOPPED, MAINTENANCE"]
    );
}

#[actix_web::test]
async fn a_deleted_vehicle_is_not_found_and_its_name_is_free() {
    let stage = Stage::new();
    let path = stage.forklift("Lift 1").await;
    let again = stage.post("/api/vehicles", &a_forklift("Lift 1")).await;
    assert_eq!(
        again.faults(409),
        ["name another vehicle of the organisation has this name"]
    );
    let deleted = stage.delete(&path).await;
    assert_eq!((deleted.status.as_u16(), deleted.body.len()), (204, 0));
    assert_eq!(stage.delete(&path).await.status, 404);
    assert_eq!(stage.get(&path).await.faults(404), Vec::<String>::new());
    assert_eq!(stage.put(&path, &json!({})).await.status, 404);
    stage.forklift("Lift 1").await;
}

#[actix_web::test]
async fn pages_follow_one_another_in_any_order() {
    let stage = Stage::new();
    for name in ["b", "C", "a"] {
        stage.forklift(name).await;
    }
    let names = |page: &Value| -> Vec<String> {
        let items = page["items"].as_array().expect("a list");
        items
            .iter()
            .map(|item| item["name"].as_str().expect("a name").to_owned())
            .collect()
    };
    for (sort, expected) in [
        ("", ["b", "C", "a"]),
        ("sort=name&", ["a", "b", "C"]),
        ("sort=-name&", ["C", "b", "a"]),
        ("sort=createdAt&", ["b", "C", "a"]),
    ] {
        let first = stage.get(&format!("/api/vehicles?{sort}first=2")).await.json();
        assert_eq!(names(&first), expected[..2], "{sort}");
        assert_eq!(first["totalCount"], 3);
        let info = &first["pageInfo"];
        assert_eq!(
            (&info["hasNextPage"], &info["hasPreviousPage"]),
            (&json!(true), &json!(false))
        );
        let after = info["endCursor"].as_str().expect("a cursor");
        let rest = stage
            .get(&format!("/api/vehicles?{sort}first=2&after={after}"))
            .await
            .json();
        assert_eq!(names(&rest), expected[2..], "{sort}");
        assert_eq!(
            (
                &rest["pageInfo"]["hasNextPage"],
                &rest["pageInfo"]["hasPreviousPage"]
            ),
            (&json!(false), &json!(true))
        );
    }
}

#[actix_web::test]
async fn lists_are_filtered() {
    let stage = Stage::new();
    let path = stage.forklift("Stacker 1").await;
    stage.forklift("Lift 2").await;
    stage.ask(Method::POST, &format!("{path}/enable")).send().await;
    for (query, expected) in [
        ("", 2),
        ("?type=FORKLIFT", 2),
        ("?type=AMR", 0),
        ("?enabled=true", 1),
        ("?status=IDLE&enabled=false", 1),
        ("?search=STACK", 1),
        ("?search=%25", 0),
        ("?groupId=00000000-0000-7000-8000-000000000404", 0),
    ] {
        let page = stage.get(&format!("/api/vehicles{query}")).await;
        assert_eq!(page.status, 200, "{query}: {}", page.text());
        let page = page.json();
        let items = page["items"].as_array().map(Vec::len);
        assert_eq!(
            (&page["totalCount"], items),
            (&json!(expected), Some(expected)),
            "{query}"
        );
    }
}

#[actix_web::test]
async fn no_query_parameter_may_be_empty_except_a_cursor_and_a_search() {
    let query = "type=&status=&enabled=&groupId=&search=&sort=&first=&after";
    let faults = Stage::new()
        .get(&format!("/api/vehicles?{query}"))
        .await
        .faults(422);
    assert_eq!(faults.len(), 6, "{faults:?}");
    assert!(
        faults.iter().all(|fault| fault.ends_with(" must not be empty")),
        "{faults:?}"
    );
}

#[actix_web::test]
async fn every_invalid_query_parameter_is_named() {
    let query = "type=BOAT&status=idle&enabled=yes&groupId=7&search=%00&sort=size&first=0&after=x&stauts=IDLE&first=1";
    let faults = Stage::new()
        .get(&format!("/api/vehicles?{query}"))
        .await
        .faults(422);
    let fields: Vec<_> = faults
        .iter()
        .filter_map(|fault| fault.split(' ').next())
        .collect();
    assert_eq!(
        fields,
        [
            "type", "status", "enabled", "groupId", "search", "sort", "first", "stauts"
        ],
        "{faults:?}"
    );
    let faults = Stage::new()
        .get("/api/vehicles?first=501&after=x&type=BOAT&foo=1")
        .await
        .faults(422);
    assert_eq!(faults.len(), 4, "{faults:?}");
}

#[actix_web::test]
async fn missing_live_data_is_not_found() {
    let stage = Stage::new();
    let path = stage.forklift("Lift 1").await;
    for (below, what) in [
        ("position", "no position of the vehicle is known"),
        ("state", "no state of the vehicle is known"),
        ("mapping", "the vehicle is disabled, so it has no mapping"),
    ] {
        let answer = stage.get(&format!("{path}/{below}")).await;
        answer.faults(404);
        assert_eq!(answer.json()["detail"], what);
    }
    stage.ask(Method::POST, &format!("{path}/enable")).send().await;
    let mapping = stage.get(&format!("{path}/mapping")).await.json();
    let id = path.rsplit('/').next().expect("an id");
    assert_eq!(
        mapping,
        json!({
            "vehicleId": id, "redisKey": format!("vehicle:{{{id}}}"), "lastSyncTime": null,
            "syncStatus": "OUT_OF_SYNC", "connectionStatus": "DISCONNECTED", "lastRejection": null, "lastMismatch": null,
            "bridge": null,
        })
    );
}

#[actix_web::test]
async fn the_mapping_shows_the_bridge_of_the_vehicle() {
    let stage = Stage::new();
    let path = stage.forklift("Lift 1").await;
    let other = stage.forklift("Lift 2").await;
    for path in [&path, &other] {
        stage.ask(Method::POST, &format!("{path}/enable")).send().await;
    }
    let lifetime = Some(std::time::Duration::from_secs(15));
    let store = |name: &str, heartbeat: &str| {
        stage
            .heartbeats
            .store(name.as_bytes(), heartbeat.as_bytes(), lifetime);
    };
    let id = path.rsplit('/').next().expect("an id");
    let robot = json!({
        "vehicleId": id, "status": "silent", "reason": "no Odometry for 3 s", "since": 1_732_333_333_123_i64,
        "clockOffsetMs": -12.5,
    });
    store("hall-1", &json!({"robots": [robot]}).to_string());
    let bridge = async |path: &str| stage.get(&format!("{path}/mapping")).await.json()["bridge"].take();
    let silent = json!({
        "name": "hall-1", "status": "silent", "reason": "no Odometry for 3 s", "since": "2024-11-23T03:42:13.123Z",
        "clockOffsetMs": -12.5,
    });
    assert_eq!(
        (bridge(&path).await, bridge(&other).await),
        (silent.clone(), json!(null))
    );

    // The invalid heartbeat may be that of the other vehicle.
    store("hall-2", "nonsense");
    let unknown = json!({
        "name": null, "status": "unknown", "reason": "a heartbeat is invalid", "since": null, "clockOffsetMs": null,
    });
    assert_eq!((bridge(&path).await, bridge(&other).await), (silent, unknown));
}

#[actix_web::test]
async fn current_position_and_state_are_returned() {
    use application::ports::{PositionStore as _, StateStore as _};
    use domain::telemetry::{MapId, Rotation, Timestamp, VehiclePosition, VehicleRuntimeState};

    let stage = Stage::new();
    let path = stage.forklift("Lift 1").await;
    let id = path.rsplit('/').next().expect("an id").parse().expect("a UUID");
    let timestamp = Timestamp::from_unix_ms(1_732_333_333_123).expect("a time");
    let position = VehiclePosition {
        x: 1.5,
        y: -2.0,
        z: 0.0,
        rotation: Rotation::IDENTITY,
        timestamp,
        frame_id: None,
        map_id: Some(MapId::new("floor-1").expect("a map")),
    };
    stage.store.set_position(id, &position).await.expect("memory");
    let state = VehicleRuntimeState::new(0.4, 87.5, timestamp).expect("a state");
    stage.store.set_state(id, &state).await.expect("memory");
    assert_eq!(
        stage.get(&format!("{path}/position")).await.json(),
        json!({
            "x": 1.5, "y": -2.0, "z": 0.0, "heading": 0.0, "rotation": {"x": 0.0, "y": 0.0, "z": 0.0, "w": 1.0},
            "timestamp": "2024-11-23T03:42:13.123Z", "frameId": null, "mapId": "floor-1",
        })
    );
    assert_eq!(
        stage.get(&format!("{path}/state")).await.json(),
        json!({
            "currentSpeed": 0.4, "batteryLevel": 87.5, "currentLoad": null, "temperature": null, "errorCodes": [],
            "status": null, "lastUpdateTime": "2024-11-23T03:42:13.123Z",
        })
    );
}

#[actix_web::test]
async fn a_deleted_vehicle_is_restored_under_its_id_and_disabled() {
    let stage = Stage::new();
    let path = stage.forklift("Lift 1").await;
    stage.post(&format!("{path}/enable"), &json!({})).await;
    let before = stage.get(&path).await.json();
    assert_eq!(stage.delete(&path).await.status, 204);

    let restored = stage.post(&format!("{path}/restore"), &json!({})).await;
    assert_eq!(restored.status, 200, "{}", restored.text());
    let shown = stage.get(&path).await;
    assert_eq!(restored.header("etag"), shown.header("etag"));
    assert_eq!(restored.json(), shown.json());
    assert_eq!(shown.json()["isEnabled"], false);
    for field in ["id", "name", "type", "details", "specification", "createdAt"] {
        assert_eq!(shown.json()[field], before[field], "{field}");
    }
}

#[actix_web::test]
async fn a_vehicle_is_not_restored_if_it_is_not_deleted_or_its_name_is_taken() {
    let stage = Stage::new();
    let path = stage.forklift("Lift 1").await;
    let again = stage.post(&format!("{path}/restore"), &json!({})).await;
    assert_eq!(
        (again.status.as_u16(), again.json()["errors"][0]["field"].clone()),
        (409, json!("id"))
    );

    stage.delete(&path).await;
    stage.forklift("Lift 1").await;
    let taken = stage.post(&format!("{path}/restore"), &json!({})).await;
    assert_eq!(
        (taken.status.as_u16(), taken.json()["errors"][0]["field"].clone()),
        (409, json!("name"))
    );

    let unknown = "/api/vehicles/0190a5f2-7c1e-7d54-9a3b-2f6c8e1d4b70/restore";
    assert_eq!(stage.post(unknown, &json!({})).await.status, 404);
    let no_id = stage.post("/api/vehicles/x/restore", &json!({})).await;
    assert_eq!(no_id.status, 422);
}

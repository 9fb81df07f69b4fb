//! Lists of positions and states, and the search near a point.

use std::sync::Arc;

use actix_web::http::Method;
use application::{
    Moment,
    live::Live,
    telemetry::{Channel, Content, Inbound, Item, Report},
};
use domain::{
    VehicleId,
    telemetry::{MapId, Rotation, Timestamp, VehiclePosition, VehicleRuntimeState},
};
use serde_json::{Value, json};

use crate::{
    endpoints::live,
    stage::{Stage, UNKNOWN_ID},
};

fn now() -> (Moment, Timestamp) {
    use adapters_memory::clock::SystemClock;
    use application::ports::Clock as _;
    let now = SystemClock::start().now();
    (now, now.wall())
}

fn id_of(path: &str) -> &str {
    path.rsplit('/').next().expect("an id")
}

fn say(live: &Live, vehicle: &str, channel: Channel, content: Content) {
    let (received_at, _) = now();
    let vehicle_id: VehicleId = vehicle.parse().expect("a UUID");
    let report = Report {
        vehicle_id,
        content,
        trace_parent: None,
    };
    let item = Item::understood(bytes::Bytes::new(), report);
    let rejected = live.receive(vec![Inbound {
        channel,
        received_at,
        items: vec![item],
    }]);
    assert!(rejected.is_empty(), "{rejected:?}");
}

fn is_at(live: &Live, vehicle: &str, x: f64, map: Option<&str>) {
    let position = VehiclePosition {
        x,
        y: 0.0,
        z: 0.0,
        rotation: Rotation::IDENTITY,
        timestamp: now().1,
        frame_id: None,
        map_id: map.map(|map| MapId::new(map).expect("a map")),
    };
    say(
        live,
        vehicle,
        Channel::Position,
        Content::Position {
            position,
            speed: None,
        },
    );
}

fn items(answer: &Value) -> Vec<(String, Value)> {
    let items = answer["items"].as_array().expect("a list");
    let parts = |item: &Value| {
        (
            item["vehicleId"].as_str().expect("an id").to_owned(),
            item.clone(),
        )
    };
    items.iter().map(parts).collect()
}

fn ids(answer: &Value) -> Vec<String> {
    items(answer).into_iter().map(|(id, _)| id).collect()
}

async fn enabled(stage: &Stage, name: &str) -> String {
    let path = stage.forklift(name).await;
    stage.ask(Method::POST, &format!("{path}/enable")).send().await;
    id_of(&path).to_owned()
}

#[actix_web::test]
async fn vehicles_with_a_position_are_listed() {
    let live = live(true);
    let stage = Stage::around(Arc::clone(&live));
    let (first, second) = (enabled(&stage, "Lift 1").await, enabled(&stage, "Lift 2").await);
    let silent = enabled(&stage, "Lift 3").await;
    is_at(&live, &first, 1.5, Some("floor-1"));
    is_at(&live, &second, 2.5, None);

    let shown = stage.get("/api/positions").await.json();
    assert_eq!(ids(&shown), [first.clone(), second.clone()]);
    assert_eq!(shown["isIncomplete"], false);
    let item = &shown["items"][0];
    let single = stage.get(&format!("/api/vehicles/{first}/position")).await.json();
    assert_eq!(item["position"], single);
    assert_eq!(
        (&item["status"], &item["connectionStatus"]),
        (&json!("IDLE"), &json!("CONNECTED"))
    );
    assert!(item["ageMs"].as_u64().is_some_and(|age| age < 60_000), "{item}");
    assert_eq!(stage.get("/api/states").await.json()["items"], json!([]));

    for (query, expected) in [
        ("mapId=floor-1", vec![&first]),
        ("mapId=floor-2", vec![]),
        ("type=AMR", vec![]),
        ("type=FORKLIFT", vec![&first, &second]),
        (
            &format!("ids={second},{silent},{UNKNOWN_ID},{second}"),
            vec![&second],
        ),
        (&format!("ids={second}&ids={first}"), vec![&first, &second]),
        (&format!("groupId={UNKNOWN_ID}"), vec![]),
    ] {
        let shown = stage.get(&format!("/api/positions?{query}")).await.json();
        assert_eq!(ids(&shown).iter().collect::<Vec<_>>(), expected, "{query}");
    }
}

#[actix_web::test]
async fn vehicles_with_a_state_are_listed() {
    let live = live(true);
    let stage = Stage::around(Arc::clone(&live));
    let lift = enabled(&stage, "Lift 1").await;
    let state = VehicleRuntimeState::new(0.5, 80.0, now().1).expect("a state");
    say(&live, &lift, Channel::State, Content::State(state));
    let shown = stage.get("/api/states").await.json();
    assert_eq!(ids(&shown).as_slice(), std::slice::from_ref(&lift));
    let single = stage.get(&format!("/api/vehicles/{lift}/state")).await.json();
    assert_eq!(shown["items"][0]["state"], single);
    // Without a position the map of a vehicle is unknown.
    let on_a_map = stage.get("/api/states?mapId=floor-1").await.json();
    assert_eq!(on_a_map["items"], json!([]));
    is_at(&live, &lift, 1.0, Some("floor-1"));
    let on_the_map = stage.get("/api/states?mapId=floor-1").await.json();
    assert_eq!(ids(&on_the_map), [lift]);
}

#[actix_web::test]
async fn a_caller_only_gets_vehicles_in_its_scope() {
    let live = live(true);
    let stage = Stage::around(Arc::clone(&live));
    let (shown, hidden) = (enabled(&stage, "Lift 1").await, enabled(&stage, "Lift 2").await);
    is_at(&live, &shown, 1.0, None);
    is_at(&live, &hidden, 2.0, None);
    let group = stage.post("/api/groups", &json!({"name": "Hall"})).await.json();
    let group = group["id"].as_str().expect("an id");
    for vehicle in [&shown, &hidden] {
        let member = format!("/api/groups/{group}/vehicles/{vehicle}");
        assert_eq!(stage.ask(Method::PUT, &member).send().await.status, 204);
    }
    let viewer = stage
        .staff
        .create_user(
            domain::Role::Viewer,
            None,
            &[domain::GrantTarget::Vehicle(shown.parse().expect("a UUID"))],
        )
        .await;
    for query in ["", &format!("ids={hidden},{shown}"), "type=FORKLIFT"] {
        let path = format!("/api/positions?{query}");
        let answer = stage.ask(Method::GET, &path).by(&viewer).send().await;
        assert_eq!(
            ids(&answer.json()).as_slice(),
            std::slice::from_ref(&shown),
            "{query}"
        );
    }
    // The caller may not see the group, only one of its vehicles.
    let path = format!("/api/positions?groupId={group}");
    let answer = stage.ask(Method::GET, &path).by(&viewer).send().await;
    assert_eq!(answer.json()["items"], json!([]));
    assert_eq!(ids(&stage.get(&path).await.json()).len(), 2);
}

#[actix_web::test]
async fn every_invalid_survey_parameter_is_named() {
    let stage = Stage::new();
    let faults = stage
        .get(&format!(
            "/api/positions?ids={UNKNOWN_ID},x&type=BOAT&groupId=7&mapId=%00&map=1"
        ))
        .await
        .faults(422);
    let fields: Vec<_> = faults
        .iter()
        .filter_map(|fault| fault.split(' ').next())
        .collect();
    assert_eq!(fields, ["ids", "groupId", "type", "mapId", "map"], "{faults:?}");
    assert!(faults[0].starts_with("ids item 2 "), "{faults:?}");
    let many: Vec<_> = (0..1001)
        .map(|n| format!("00000000-0000-7000-8000-{n:012}"))
        .collect();
    let many = many.join(",");
    let faults = stage
        .get(&format!("/api/states?ids={many}&mapId=&foo=1"))
        .await
        .faults(422);
    assert_eq!(
        faults,
        [
            "mapId must not be empty",
            "ids must have at most 1000 elements",
            "foo is unknown"
        ]
    );
    for query in ["ids=", "ids", &format!("ids={UNKNOWN_ID}&ids=")] {
        let faults = stage.get(&format!("/api/positions?{query}")).await.faults(422);
        assert_eq!(faults, ["ids must not be empty"], "{query}");
    }
}

#[actix_web::test]
async fn vehicles_near_a_point_are_listed_nearest_first_with_their_distance() {
    let live = live(true);
    let stage = Stage::around(Arc::clone(&live));
    let mut lifts = Vec::new();
    for (name, x, map) in [
        ("Lift 1", 9.0, "floor-1"),
        ("Lift 2", 3.0, "floor-1"),
        ("Lift 3", -4.0, "floor-1"),
        ("Lift 4", 0.0, "floor-2"),
        ("Lift 5", 4.0, "floor-1"),
    ] {
        let id = enabled(&stage, name).await;
        is_at(&live, &id, x, Some(map));
        lifts.push(id);
    }
    enabled(&stage, "Lift 6").await;
    let near = async |query: &str| stage.get(&format!("/api/vehicles/near?{query}")).await.json();
    let found = |answer: &Value| -> Vec<(String, f64)> {
        let items = answer["items"].as_array().expect("a list");
        let parts = |item: &Value| {
            let id = item["vehicle"]["id"].as_str().expect("an id").to_owned();
            (id, item["distance"].as_f64().expect("a number"))
        };
        items.iter().map(parts).collect()
    };
    let circle = near("mapId=floor-1&x=0&y=0&radius=4").await;
    // Vehicles at the same distance are in order of registration.
    let expected = [(1, 3.0), (2, 4.0), (4, 4.0)].map(|(lift, distance)| (lifts[lift].clone(), distance));
    assert_eq!(found(&circle), expected);
    assert_eq!(circle["totalCount"], 3);
    let vehicle = stage.get(&format!("/api/vehicles/{}", lifts[1])).await.json();
    assert_eq!(circle["items"][0]["vehicle"], vehicle);
    let nearest = near("mapId=floor-1&x=0&y=0&radius=100&first=1").await;
    assert_eq!(found(&nearest), [(lifts[1].clone(), 3.0)]);
    assert_eq!(nearest["totalCount"], 4);
    assert_eq!(found(&near("mapId=floor-9&x=0&y=0&radius=100").await), []);

    for (query, fields) in [
        ("", vec!["mapId", "x", "y", "radius"]),
        (
            "mapId=&x=a&y=NaN&radius=-1&first=0",
            vec!["mapId", "x", "first", "radius", "y"],
        ),
        (
            "mapId=floor-1&x=inf&y=NaN&radius=-1&first=0",
            vec!["first", "radius", "x", "y"],
        ),
        ("mapId=floor-1&x=1&y=1&radius=1&first=501&z=1", vec!["first", "z"]),
    ] {
        let faults = stage
            .get(&format!("/api/vehicles/near?{query}"))
            .await
            .faults(422);
        let found: Vec<_> = faults
            .iter()
            .filter_map(|fault| fault.split(' ').next())
            .collect();
        assert_eq!(found, fields, "{query}: {faults:?}");
    }
}

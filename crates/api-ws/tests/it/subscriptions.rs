//! Subscriptions and the events that they deliver.

use application::{Actor, ports::GroupRepository};
use domain::{
    GroupId, GroupName, OrganizationId,
    vehicle::{Vehicle, VehicleStatus, Version},
};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::{TestGateway, options};

#[tokio::test(flavor = "multi_thread")]
async fn the_current_state_is_sent_first_and_then_its_changes() {
    let gateway = TestGateway::start(options()).await;
    let (with_position, with_state, _silent) = (
        gateway.vehicle(true).id,
        gateway.vehicle(true).id,
        gateway.vehicle(true).id,
    );
    gateway.send_position(with_position, 1.5);
    gateway.send_state(with_state, VehicleStatus::Charging, &[]);
    let mut client = gateway.connect().await;
    client.subscribe_all().await;

    let frame = client.next_json().await;
    assert!(frame.get("prev").is_none(), "the view is restarted: {frame}");
    let [position, state] = &frame["events"].as_array().expect("events")[..] else {
        panic!("{frame}")
    };
    assert_eq!(position["type"], "positionUpdate");
    assert_eq!(position["vehicleId"], with_position.to_string());
    assert_eq!(
        (&position["position"]["x"], &position["position"]["y"]),
        (&json!(1.5), &json!(2.0))
    );
    assert!((position["position"]["heading"].as_f64().expect("a heading") - 90.0).abs() < 1e-9);
    assert_eq!(position["position"]["mapId"], Value::Null);
    assert_eq!(
        (&position["state"], &position["status"]),
        (&Value::Null, &json!("IDLE"))
    );
    assert_eq!(position["connectionStatus"], "CONNECTED");
    assert_eq!(state["type"], "stateUpdate");
    assert_eq!(state["status"], "CHARGING");
    assert_eq!(state["state"]["batteryLevel"], 80.0);

    gateway.send_position(with_position, 2.5);
    let next = client.next_json().await;
    assert_eq!(next["prev"], frame["tick"]);
    assert_eq!(next["events"][0]["position"]["x"], 2.5);
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_repeat_the_id_and_name_the_topic() {
    let gateway = TestGateway::start(options()).await;
    let id = gateway.vehicle(true).id.to_string();
    let mut client = gateway.connect().await;
    let asked = [
        (
            json!({"type": "subscribeVehicle", "vehicleId": id, "id": 1}),
            json!({"type": "subscribed", "id": 1, "vehicleId": id}),
        ),
        (
            json!({"type": "subscribeType", "vehicleType": "AMR", "id": "b"}),
            json!({"type": "subscribed", "id": "b", "vehicleType": "AMR"}),
        ),
        (
            json!({"type": "unsubscribeType", "vehicleType": "AMR"}),
            json!({"type": "unsubscribed", "vehicleType": "AMR"}),
        ),
        (
            json!({"type": "unsubscribeVehicle", "vehicleId": id}),
            json!({"type": "unsubscribed", "vehicleId": id}),
        ),
        (json!({"type": "unsubscribeAll"}), json!({"type": "unsubscribed"})),
        (
            json!({"type": "configure", "intervalMs": 0, "id": 9}),
            json!({"type": "configured", "id": 9, "intervalMs": 0, "mode": "full"}),
        ),
    ];
    for (message, expected) in asked {
        assert_eq!(client.ask(message.clone()).await, expected, "{message}");
    }
    let pong = client.ask(json!({"type": "ping", "id": 2})).await;
    assert_eq!((&pong["type"], &pong["id"]), (&json!("pong"), &json!(2)));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_vehicle_is_not_found() {
    let gateway = TestGateway::start(options()).await;
    let mut client = gateway.connect().await;
    let unknown = json!({"type": "subscribeVehicle", "vehicleId": Uuid::now_v7().to_string(), "id": 3});
    let answer = client.ask(unknown).await;
    assert_eq!(
        (&answer["type"], &answer["id"], &answer["code"]),
        (&json!("error"), &json!(3), &json!("NOT_FOUND"))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_subscription_outlives_disabling_and_enabling() {
    let gateway = TestGateway::start(options()).await;
    let vehicle = gateway.vehicle(false);
    let id = vehicle.id.to_string();
    let mut client = gateway.connect().await;
    client
        .ask(json!({"type": "subscribeVehicle", "vehicleId": id}))
        .await;
    let version = |version, is_enabled| Vehicle {
        version: Version::from_i64(version),
        is_enabled,
        ..vehicle.clone()
    };
    gateway.live.upsert(&version(2, true));
    gateway.send_position(vehicle.id, 1.0);
    let kinds = |events: &[Value]| {
        events
            .iter()
            .map(|event| event["type"].clone())
            .collect::<Vec<_>>()
    };
    let mut seen = client.next_events().await;
    while !kinds(&seen).contains(&json!("positionUpdate")) {
        seen.extend(client.next_events().await);
    }
    gateway.live.upsert(&version(3, false));
    assert_eq!(
        client.next_events().await,
        [json!({"type": "vehicleRemoved", "vehicleId": id})]
    );
    gateway.live.upsert(&version(4, true));
    assert_eq!(client.next_events().await[0]["position"]["x"], 1.0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_subscription_does_not_outlive_deletion() {
    let gateway = TestGateway::start(options()).await;
    let vehicle = gateway.vehicle(true);
    let other = gateway.vehicle(true).id;
    let id = vehicle.id.to_string();
    let mut client = gateway.connect().await;
    client
        .ask(json!({"type": "subscribeVehicle", "vehicleId": id}))
        .await;
    gateway.send_position(vehicle.id, 1.0);
    let mut seen = client.next_events().await;
    while !seen.iter().any(|event| event["type"] == "positionUpdate") {
        seen.extend(client.next_events().await);
    }
    gateway.live.upsert(&Vehicle {
        version: Version::from_i64(2),
        deleted_at: Some(vehicle.updated_at),
        ..vehicle.clone()
    });
    assert_eq!(
        client.next_events().await,
        [json!({"type": "vehicleRemoved", "vehicleId": id})]
    );
    gateway.live.upsert(&Vehicle {
        version: Version::from_i64(3),
        ..vehicle.clone()
    });
    gateway.send_position(vehicle.id, 2.0);
    // Without a subscription, no event of this vehicle may precede the events of the other vehicle.
    client
        .ask(json!({"type": "subscribeVehicle", "vehicleId": other.to_string()}))
        .await;
    gateway.send_position(other, 3.0);
    let events = client.next_events().await;
    assert!(
        events.iter().all(|event| event["vehicleId"] == other.to_string()),
        "{events:?}"
    );
    client
        .ask(json!({"type": "subscribeVehicle", "vehicleId": id}))
        .await;
    let mut seen = client.next_events().await;
    while !seen.iter().any(|event| event["vehicleId"] == id) {
        seen.extend(client.next_events().await);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_whole_float_as_interval_is_accepted() {
    let gateway = TestGateway::start(options()).await;
    let mut client = gateway.connect().await;
    let answer = client
        .ask(json!({"type": "configure", "intervalMs": 250.0, "id": 1.0}))
        .await;
    assert_eq!(
        answer,
        json!({"type": "configured", "id": 1.0, "intervalMs": 250, "mode": "full"})
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn status_changes_errors_and_feed_changes_are_sent() {
    let gateway = TestGateway::start(options()).await;
    let id = gateway.vehicle(true).id;
    let mut client = gateway.connect().await;
    client.subscribe_all().await;
    gateway.send_state(id, VehicleStatus::Error, &["E42"]);
    let mut events = client.next_events().await;
    while events.len() < 4 {
        events.extend(client.next_events().await);
    }
    let of = |kind: &str| {
        events
            .iter()
            .find(|event| event["type"] == kind)
            .unwrap_or_else(|| panic!("{kind}: {events:?}"))
    };
    assert_eq!(
        (&of("stateChange")["oldStatus"], &of("stateChange")["newStatus"]),
        (&json!("IDLE"), &json!("ERROR"))
    );
    assert_eq!(of("vehicleError")["errorCode"], "E42");
    assert_eq!(of("connectionChange")["connectionStatus"], "CONNECTED");
    assert_eq!(of("stateUpdate")["state"]["errorCodes"], json!(["E42"]));

    for (is_up, status) in [(false, "down"), (true, "up")] {
        gateway.live.set_feed(is_up);
        let feed = client.next_json().await;
        assert_eq!((&feed["type"], &feed["status"]), (&json!("feed"), &json!(status)));
        assert!(feed["since"].is_i64());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_socket_is_notified_that_the_feed_is_down() {
    let gateway = TestGateway::start(options()).await;
    gateway.live.set_feed(false);
    let mut client = gateway.connect().await;
    assert_eq!(client.next_json().await["status"], "down");
}

#[tokio::test(flavor = "multi_thread")]
async fn ticks_count_the_frames_of_one_socket() {
    let gateway = TestGateway::start(options()).await;
    let (busy, quiet) = (gateway.vehicle(true).id, gateway.vehicle(true).id);
    let mut all = gateway.connect().await;
    all.subscribe_all().await;
    let mut one = gateway.connect().await;
    one.ask(json!({"type": "subscribeVehicle", "vehicleId": quiet.to_string()}))
        .await;
    for n in 1..=5 {
        gateway.send_position(busy, f64::from(n));
        let mut frame = all.next_json().await;
        let is_there = |frame: &Value| {
            let events = frame["events"].as_array().expect("events");
            events.iter().any(|event| event["position"]["x"] == f64::from(n))
        };
        while !is_there(&frame) {
            frame = all.next_json().await;
        }
    }
    gateway.send_position(quiet, 1.0);
    let mut prev = Value::Null;
    for tick in 1..=3 {
        let frame = one.next_json().await;
        assert_eq!((&frame["tick"], &frame["prev"]), (&json!(tick), &prev), "{frame}");
        prev = frame["tick"].clone();
        gateway.send_position(quiet, f64::from(tick));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_explicit_subscription_sends_the_current_state_again() {
    let gateway = TestGateway::start(options()).await;
    let id = gateway.vehicle(true).id;
    gateway.send_position(id, 1.0);
    let mut client = gateway.connect().await;
    client.subscribe_all().await;
    assert_eq!(client.next_events().await.len(), 1);
    for message in [
        json!({"type": "subscribeVehicle", "vehicleId": id.to_string()}),
        json!({"type": "subscribeVehicle", "vehicleId": id.to_string()}),
        json!({"type": "subscribeType", "vehicleType": "FORKLIFT"}),
    ] {
        client.ask(message.clone()).await;
        assert_eq!(client.next_events().await[0]["position"]["x"], 1.0, "{message}");
    }
    client.subscribe_all().await;
    let pong = client.ask(json!({"type": "ping"})).await;
    assert_eq!(
        pong["type"], "pong",
        "subscribeAll again sends the difference, which is none"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn vehicles_leave_when_the_last_covering_subscription_ends() {
    let gateway = TestGateway::start(options()).await;
    let (kept, left) = (gateway.vehicle(true).id, gateway.vehicle(true).id);
    gateway.send_position(kept, 1.0);
    gateway.send_position(left, 1.0);
    let mut client = gateway.connect().await;
    client.subscribe_all().await;
    client.next_events().await;
    client
        .ask(json!({"type": "subscribeVehicle", "vehicleId": kept.to_string()}))
        .await;
    client.next_events().await;
    client.ask(json!({"type": "unsubscribeAll"})).await;
    assert_eq!(
        client.next_events().await,
        [json!({"type": "vehicleLeft", "vehicleId": left.to_string()})]
    );
    gateway.send_position(left, 2.0);
    gateway.send_position(kept, 2.0);
    assert_eq!(client.next_events().await[0]["vehicleId"], kept.to_string());

    client
        .ask(json!({"type": "unsubscribeVehicle", "vehicleId": kept.to_string()}))
        .await;
    gateway.send_position(kept, 3.0);
    let pong = client.ask(json!({"type": "ping"})).await;
    assert_eq!(
        pong["type"], "pong",
        "after the last subscription nothing is sent"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_status_change_without_position_or_state_is_only_an_event() {
    let gateway = TestGateway::start(options()).await;
    let vehicle = gateway.vehicle(true);
    let mut client = gateway.connect().await;
    client.subscribe_all().await;
    gateway.live.upsert(&Vehicle {
        version: Version::from_i64(2),
        status: VehicleStatus::Moving,
        ..vehicle.clone()
    });
    let events = client.next_events().await;
    assert_eq!(events.len(), 1, "{events:?}");
    assert_eq!(events[0]["type"], "stateChange");
    gateway.send_state(vehicle.id, VehicleStatus::Idle, &[]);
    let mut kinds = Vec::new();
    while !kinds.contains(&json!("stateUpdate")) {
        for event in client.next_events().await {
            assert!(event.get("state").is_none_or(Value::is_object), "{event}");
            kinds.push(event["type"].clone());
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_group_is_followed_as_its_members_change() {
    let gateway = TestGateway::start(options()).await;
    let by = Actor::command_line();
    let name = GroupName::new("Hall 7").expect("a name");
    let group = GroupRepository::create(&*gateway.registry, &by, OrganizationId::DEFAULT, name).await;
    let group = group.expect("the group is created").id;
    let vehicle = gateway.vehicle(true);
    let other = gateway.vehicle(true);
    for id in [vehicle.id, other.id] {
        gateway.send_position(id, 1.5);
    }
    let mut client = gateway.connect().await;
    let subscribed = client
        .ask(json!({"type": "subscribeGroup", "groupId": group.to_string(), "id": 1}))
        .await;
    assert_eq!(
        subscribed,
        json!({"type": "subscribed", "id": 1, "groupId": group.to_string()})
    );

    let change = |version, groups: &[GroupId]| {
        gateway.live.upsert(&Vehicle {
            version: Version::from_i64(version),
            group_ids: groups.iter().copied().collect(),
            ..vehicle.clone()
        });
    };
    change(2, &[group]);
    let came = client.next_events().await;
    assert_eq!(came[0]["type"], "positionUpdate");
    assert_eq!(came[0]["vehicleId"], vehicle.id.to_string());
    change(3, &[]);
    assert_eq!(
        client.next_events().await,
        [json!({"type": "vehicleLeft", "vehicleId": vehicle.id.to_string()})]
    );
    let ended = client
        .ask(json!({"type": "unsubscribeGroup", "groupId": group.to_string()}))
        .await;
    assert_eq!(
        ended,
        json!({"type": "unsubscribed", "groupId": group.to_string()})
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_group_is_not_found_and_an_invalid_id_is_named() {
    let gateway = TestGateway::start(options()).await;
    let mut client = gateway.connect().await;
    let unknown = json!({"type": "subscribeGroup", "groupId": Uuid::now_v7().to_string()});
    let answer = client.ask(unknown).await;
    assert_eq!(
        (&answer["code"], &answer["message"]),
        (&json!("NOT_FOUND"), &json!("group not found"))
    );
    for invalid in [json!("x"), json!(7), json!(null)] {
        let answer = client
            .ask(json!({"type": "subscribeGroup", "groupId": invalid}))
            .await;
        assert_eq!(answer["code"], "BAD_MESSAGE");
        let message = answer["message"].as_str().expect("a message");
        assert!(message.starts_with("groupId "), "{message}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_number_of_subscriptions_of_a_socket_is_limited() {
    let mut options = options();
    options.sockets.messages_per_second = std::num::NonZero::new(u32::MAX).expect("not 0");
    let gateway = TestGateway::start(options).await;
    let ids: Vec<_> = (0..=1_000)
        .map(|_| gateway.vehicle(true).id.to_string())
        .collect();
    let mut client = gateway.connect().await;
    let subscribe = |id: &String| json!({"type": "subscribeVehicle", "vehicleId": id});
    for id in &ids[..1_000] {
        assert_eq!(client.ask(subscribe(id)).await["type"], "subscribed");
    }
    let answer = client.ask(subscribe(&ids[1_000])).await;
    assert_eq!(answer["code"], "LIMIT_REACHED");
    assert_eq!(answer["message"], "at most 1000 subscriptions are allowed");
    assert_eq!(
        client.ask(subscribe(&ids[0])).await["type"],
        "subscribed",
        "it is one of them"
    );
    let unsubscribe = json!({"type": "unsubscribeVehicle", "vehicleId": ids[0]});
    assert_eq!(client.ask(unsubscribe).await["type"], "unsubscribed");
    assert_eq!(client.ask(subscribe(&ids[1_000])).await["type"], "subscribed");
}

#[tokio::test(flavor = "multi_thread")]
async fn unsupported_parts_of_the_protocol_are_named() {
    let gateway = TestGateway::start(options()).await;
    let mut client = gateway.connect().await;
    let asked = [
        (json!({"type": "subscribeAlerts"}), "type subscribeAlerts"),
        (json!({"type": "subscribeConflicts"}), "type subscribeConflicts"),
        (json!({"type": "replay", "from": 0, "to": 1}), "type replay"),
    ];
    for _ in 0..10 {
        for (message, part) in &asked {
            let answer = client.ask(message.clone()).await;
            assert_eq!(answer["code"], "NOT_SUPPORTED", "{message}: {answer}");
            let text = answer["message"].as_str().expect("a message");
            assert!(text.contains(part), "{text}");
        }
    }
    assert_eq!(client.ask(json!({"type": "ping"})).await["type"], "pong");
}

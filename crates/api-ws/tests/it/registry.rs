//! Registry subscriptions.

use std::collections::BTreeSet;

use application::{Actor, ports::GrantRepository};
use domain::{
    GrantTarget, GrantTerms, OrganizationId, Role,
    vehicle::{Vehicle, VehicleStatus, Version},
};
use serde_json::{Value, json};
use time::OffsetDateTime;

use crate::support::{Client, TestGateway, options};

async fn follow(client: &mut Client) {
    let answer = client.ask(json!({"type": "subscribeRegistry", "id": 1})).await;
    assert_eq!(answer, json!({"type": "subscribed", "id": 1}));
}

fn described(vehicle: &Vehicle, kind: &str) -> Value {
    json!({
        "type": kind, "vehicleId": vehicle.id.to_string(), "name": "Lift", "vehicleType": "FORKLIFT",
        "isEnabled": vehicle.is_enabled, "status": vehicle.status.as_str(), "groupIds": [],
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn the_registry_is_sent_first_and_then_its_changes() {
    let gateway = TestGateway::start(options()).await;
    let (enabled, disabled) = (gateway.vehicle(true), gateway.vehicle(false));
    let mut client = gateway.connect().await;
    follow(&mut client).await;
    let frame = client.next_json().await;
    assert!(frame.get("prev").is_none(), "{frame}");
    assert_eq!(
        frame["events"],
        json!([
            described(&enabled, "vehicleInfo"),
            described(&disabled, "vehicleInfo")
        ])
    );

    let added = gateway.vehicle(true);
    assert_eq!(client.next_events().await, [described(&added, "vehicleAdded")]);
    let updated = Vehicle {
        version: Version::from_i64(2),
        is_enabled: true,
        ..disabled.clone()
    };
    gateway.live.upsert(&updated);
    assert_eq!(
        client.next_events().await,
        [described(&updated, "vehicleUpdated")]
    );
    gateway.send_state(enabled.id, VehicleStatus::Charging, &[]);
    let charging = Vehicle {
        status: VehicleStatus::Charging,
        ..enabled.clone()
    };
    assert_eq!(
        client.next_events().await,
        [described(&charging, "vehicleUpdated")]
    );
    gateway.live.upsert(&Vehicle {
        version: Version::from_i64(3),
        deleted_at: Some(OffsetDateTime::UNIX_EPOCH),
        ..added.clone()
    });
    assert_eq!(
        client.next_events().await,
        [json!({"type": "vehicleDeleted", "vehicleId": added.id.to_string()})]
    );

    let answer = client.ask(json!({"type": "unsubscribeRegistry"})).await;
    assert_eq!(answer, json!({"type": "unsubscribed"}));
    gateway.vehicle(true);
    assert_eq!(client.ask(json!({"type": "ping"})).await["type"], "pong");
}

#[tokio::test(flavor = "multi_thread")]
async fn vehicles_are_added_and_deleted_with_the_grants_of_the_user() {
    let gateway = TestGateway::start(options()).await;
    let vehicle = gateway.vehicle(false);
    let viewer = gateway.staff.create_user(Role::Viewer, None, &[]).await;
    let mut client = gateway.connect_as(&viewer).await;
    follow(&mut client).await;

    let by = Actor::command_line();
    let all = GrantTerms::to_view(GrantTarget::Organization(OrganizationId::DEFAULT));
    let grant = GrantRepository::create(&*gateway.registry, &by, viewer.user.id, all).await;
    let grant = grant.expect("the grant is created");
    gateway.staff.identities.rights_changed(viewer.user.id);
    assert_eq!(client.next_events().await, [described(&vehicle, "vehicleAdded")]);
    let revoked = GrantRepository::delete(&*gateway.registry, &by, grant.id).await;
    revoked.expect("the grant is deleted");
    gateway.staff.identities.rights_changed(viewer.user.id);
    assert_eq!(
        client.next_events().await,
        [json!({"type": "vehicleDeleted", "vehicleId": vehicle.id.to_string()})]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_large_snapshot_is_split_into_bounded_frames() {
    let gateway = TestGateway::start(options()).await;
    for _ in 0..1_700 {
        gateway.vehicle(true);
    }
    let mut client = gateway.connect().await;
    follow(&mut client).await;
    let (mut frames, mut shown, mut prev) = (0, BTreeSet::new(), Value::Null);
    while shown.len() < 1_700 {
        let frame = client.next_json().await;
        assert_eq!(frame["prev"], prev, "no gap between frames");
        prev = frame["tick"].clone();
        let events = frame["events"].as_array().expect("events");
        assert!(events.len() <= 500);
        shown.extend(events.iter().map(|event| event["vehicleId"].to_string()));
        frames += 1;
    }
    assert_eq!(frames, 4);
}

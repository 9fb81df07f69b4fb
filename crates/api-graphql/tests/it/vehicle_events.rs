//! The subscriptions `vehicleEvents`, `vehicleConnectionChanged` and `vehiclePositionsUpdated`.

use std::sync::Arc;

use api_graphql::GraphqlOptions;
use application::ports::GrantRepository;
use domain::{GrantId, GrantTarget, GrantTerms, OrganizationId, Role};
use rstest::rstest;
use serde_json::{Value, json};
use test_builders::an_administrator;

use crate::{
    probe::Probe,
    socket_client::Client,
    stage::{Stage, UNKNOWN_ID},
};

const EVENTS: &str = "subscription($filter: VehicleFilter) { vehicleEvents(filter: $filter) {
    __typename
    ... on VehicleAdded { vehicle { id name isEnabled } }
    ... on VehicleUpdated { vehicle { id name isEnabled groups { name } } }
    ... on VehicleRemoved { vehicleId reason }
    ... on VehicleStateChange { vehicleId oldStatus newStatus vehicle { id status } }
    ... on VehicleConnectionChange { vehicleId connectionStatus reason vehicle { id connectionStatus } }
    ... on VehicleErrorRaised { vehicleId errorCode message vehicle { id } }
} }";
const SET_STATUS: &str =
    "mutation($id: ID!, $status: VehicleStatus!) { updateVehicleStatus(id: $id, status: $status) { id } }";
const RENAME: &str =
    "mutation($id: ID!, $name: String!) { updateVehicle(id: $id, input: {name: $name}) { id } }";
const ENABLE: &str = "mutation($id: ID!) { enableVehicle(id: $id) { id } }";
const DISABLE: &str = "mutation($id: ID!) { disableVehicle(id: $id) { id } }";
const DELETE: &str = "mutation($id: ID!) { deleteVehicle(id: $id) }";

async fn stage() -> Stage {
    let mut stage = Stage::new().await;
    stage.follow_the_registry().await;
    stage
}

/// Starts an operation with the id `a`, and waits until it has started.
async fn watch(client: &mut Client, query: &str, variables: Value) {
    client.subscribe("a", query, variables).await;
    client.subscribe("begun", "{ __typename }", json!({})).await;
    client.next("begun").await;
    assert_eq!(client.receive().await, json!({"type": "complete", "id": "begun"}));
}

async fn event(client: &mut Client) -> Value {
    client.next("a").await["vehicleEvents"].take()
}

/// Checks that no event is pending. The next message must then answer a later query.
async fn nothing_more(client: &mut Client) {
    client.subscribe("later", "{ __typename }", json!({})).await;
    client.next("later").await;
    assert_eq!(client.receive().await, json!({"type": "complete", "id": "later"}));
}

fn removed(id: &str, reason: &str) -> Value {
    json!({"__typename": "VehicleRemoved", "vehicleId": id, "reason": reason})
}

fn updated(id: &str, name: &str, is_enabled: bool) -> Value {
    let vehicle = json!({"id": id, "name": name, "isEnabled": is_enabled, "groups": []});
    json!({"__typename": "VehicleUpdated", "vehicle": vehicle})
}

fn added(id: &str, name: &str, is_enabled: bool) -> Value {
    json!({"__typename": "VehicleAdded", "vehicle": {"id": id, "name": name, "isEnabled": is_enabled}})
}

#[tokio::test]
async fn all_events_of_a_vehicle_are_sent_in_order() {
    let stage = stage().await;
    let mut client = stage.connect().await;
    watch(&mut client, EVENTS, json!({})).await;
    let id = stage.forklift("Lift 1").await;
    assert_eq!(event(&mut client).await, added(&id, "Lift 1", false));
    stage.data(ENABLE, json!({"id": id})).await;
    assert_eq!(event(&mut client).await, updated(&id, "Lift 1", true));
    stage.data(RENAME, json!({"id": id, "name": "Lift 2"})).await;
    assert_eq!(event(&mut client).await, updated(&id, "Lift 2", true));
    stage
        .data(SET_STATUS, json!({"id": id, "status": "STOPPED"}))
        .await;
    let stopped = json!({
        "__typename": "VehicleStateChange", "vehicleId": id, "oldStatus": "IDLE", "newStatus": "STOPPED",
        "vehicle": {"id": id, "status": "STOPPED"},
    });
    assert_eq!(event(&mut client).await, stopped);

    stage.robot_is_full_to(&id, 80.0);
    let raised = json!({
        "__typename": "VehicleErrorRaised", "vehicleId": id, "errorCode": "E042",
        "message": "the vehicle reports E042", "vehicle": {"id": id},
    });
    let connected = json!({
        "__typename": "VehicleConnectionChange", "vehicleId": id, "connectionStatus": "CONNECTED",
        "reason": "message received", "vehicle": {"id": id, "connectionStatus": "CONNECTED"},
    });
    let both = [event(&mut client).await, event(&mut client).await];
    assert!(both.contains(&raised) && both.contains(&connected), "{both:?}");

    stage.robot_is_moving(&id);
    let moving = json!({
        "__typename": "VehicleStateChange", "vehicleId": id, "oldStatus": "STOPPED", "newStatus": "MOVING",
        "vehicle": {"id": id, "status": "MOVING"},
    });
    assert_eq!(event(&mut client).await, moving);
    stage.data(DISABLE, json!({"id": id})).await;
    // The status that the robot reported was not recorded, so the registry's is in effect again.
    let reset = json!({
        "__typename": "VehicleStateChange", "vehicleId": id, "oldStatus": "MOVING", "newStatus": "STOPPED",
        "vehicle": {"id": id, "status": "STOPPED"},
    });
    assert_eq!(event(&mut client).await, reset);
    assert_eq!(event(&mut client).await, updated(&id, "Lift 2", false));
    assert_eq!(event(&mut client).await, removed(&id, "DISABLED"));
    stage.data(DELETE, json!({"id": id})).await;
    assert_eq!(event(&mut client).await, removed(&id, "DELETED"));
    nothing_more(&mut client).await;
}

#[tokio::test]
async fn a_filter_follows_vehicles_as_they_change() {
    let stage = stage().await;
    let (id, hall) = (stage.forklift("Lift 1").await, stage.group("Hall A").await);
    let mut watchers = Vec::new();
    for filter in [
        json!({"enabled": true}),
        json!({"enabled": false}),
        json!({"search": "special"}),
        json!({"groupId": hall}),
        json!({"status": "STOPPED", "type": "FORKLIFT"}),
        json!({"type": "AMR"}),
        json!({"search": ""}),
    ] {
        let mut client = stage.connect().await;
        watch(&mut client, EVENTS, json!({"filter": filter})).await;
        watchers.push(client);
    }
    stage.data(ENABLE, json!({"id": id})).await;
    stage.data(DISABLE, json!({"id": id})).await;
    stage.data(RENAME, json!({"id": id, "name": "Special 1"})).await;
    stage.data(RENAME, json!({"id": id, "name": "Lift 1"})).await;
    stage.add_to_group(&hall, &id).await;
    let leave = "mutation($group: ID!, $vehicle: ID!) { removeVehicleFromGroup(groupId: $group, vehicleId: $vehicle) { id } }";
    stage.data(leave, json!({"group": hall, "vehicle": id})).await;
    stage
        .data(SET_STATUS, json!({"id": id, "status": "STOPPED"}))
        .await;
    stage.data(SET_STATUS, json!({"id": id, "status": "IDLE"})).await;

    let [enabled, disabled, special, grouped, stopped, amr, all] = watchers.try_into().ok().expect("seven");
    check_events(enabled, &[added(&id, "Lift 1", true), removed(&id, "DISABLED")]).await;
    check_first_events(
        disabled,
        &[removed(&id, "OUT_OF_SCOPE"), added(&id, "Lift 1", false)],
    )
    .await;
    check_events(
        special,
        &[added(&id, "Special 1", false), removed(&id, "OUT_OF_SCOPE")],
    )
    .await;
    check_events(
        grouped,
        &[added(&id, "Lift 1", false), removed(&id, "OUT_OF_SCOPE")],
    )
    .await;
    check_events(
        stopped,
        &[added(&id, "Lift 1", false), removed(&id, "OUT_OF_SCOPE")],
    )
    .await;
    check_events(amr, &[]).await;
    check_first_events(
        all,
        &[
            updated(&id, "Lift 1", true),
            updated(&id, "Lift 1", false),
            removed(&id, "DISABLED"),
        ],
    )
    .await;
}

async fn check_first_events(mut client: Client, expected: &[Value]) {
    for expected in expected {
        assert_eq!(event(&mut client).await, *expected);
    }
}

async fn check_events(mut client: Client, expected: &[Value]) {
    for expected in expected {
        assert_eq!(event(&mut client).await, *expected);
    }
    nothing_more(&mut client).await;
}

#[tokio::test]
async fn vehicles_are_added_and_removed_within_two_seconds_of_a_change_of_rights() {
    let stage = stage().await;
    let id = stage.forklift("Lift 1").await;
    let viewer = stage.stores.staff.create_user(Role::Viewer, None, &[]).await;
    let mut client = stage.connect_as(&viewer).await;
    watch(&mut client, EVENTS, json!({})).await;
    stage.data(RENAME, json!({"id": id, "name": "Lift 2"})).await;
    nothing_more(&mut client).await;

    let (registry, by) = (&*stage.stores.registry, an_administrator());
    let all = GrantTerms::to_view(GrantTarget::Organization(OrganizationId::DEFAULT));
    let began = std::time::Instant::now();
    let granted = GrantRepository::create(registry, by, viewer.user.id, all)
        .await
        .expect("the grant is created");
    stage.stores.staff.identities.rights_changed(viewer.user.id);
    assert_eq!(event(&mut client).await, added(&id, "Lift 2", false));
    assert!(began.elapsed().as_secs() < 2);
    stage.data(ENABLE, json!({"id": id})).await;
    assert_eq!(event(&mut client).await, updated(&id, "Lift 2", true));

    let began = std::time::Instant::now();
    GrantRepository::delete(registry, by, granted.id)
        .await
        .expect("the grant is revoked");
    stage.stores.staff.identities.rights_changed(viewer.user.id);
    assert_eq!(event(&mut client).await, removed(&id, "OUT_OF_SCOPE"));
    assert!(began.elapsed().as_secs() < 2);
    stage.data(RENAME, json!({"id": id, "name": "Lift 3"})).await;
    nothing_more(&mut client).await;
}

/// A grant for a single vehicle is deleted together with the vehicle.
#[tokio::test]
async fn the_deletion_of_an_individually_granted_vehicle_is_reported_as_deleted() {
    let stage = stage().await;
    let id = stage.forklift("Lift 1").await;
    let viewer = stage.stores.staff.create_user(Role::Viewer, None, &[]).await;
    let target = GrantTerms::to_view(GrantTarget::Vehicle(id.parse().expect("an id")));
    let granted = GrantRepository::create(
        &*stage.stores.registry,
        an_administrator(),
        viewer.user.id,
        target,
    )
    .await;
    granted.expect("the grant is created");
    let mut client = stage.connect_as(&viewer).await;
    watch(&mut client, EVENTS, json!({})).await;
    stage.data(DELETE, json!({"id": id})).await;
    assert_eq!(event(&mut client).await, removed(&id, "DELETED"));
}

impl Stage {
    /// Creates a viewer with grants and a socket that is subscribed to `vehicleEvents`. Also returns the ids of the
    /// grants.
    async fn watching_viewer(
        &self,
        grants: &[GrantTarget],
        filter: Value,
    ) -> (test_application::staff::Member, Vec<GrantId>, Client) {
        let viewer = self.stores.staff.create_user(Role::Viewer, None, &[]).await;
        let mut ids = Vec::new();
        for &target in grants {
            ids.push(self.grant(&viewer, target).await);
        }
        let mut client = self.connect_as(&viewer).await;
        watch(&mut client, EVENTS, json!({"filter": filter})).await;
        (viewer, ids, client)
    }

    async fn grant(&self, viewer: &test_application::staff::Member, target: GrantTarget) -> GrantId {
        let (registry, terms) = (&*self.stores.registry, GrantTerms::to_view(target));
        let granted = GrantRepository::create(registry, an_administrator(), viewer.user.id, terms).await;
        self.stores.staff.identities.rights_changed(viewer.user.id);
        granted.expect("the grant is created").id
    }

    async fn withdraw(&self, viewer: &test_application::staff::Member, id: GrantId) {
        let withdrawn = GrantRepository::delete(&*self.stores.registry, an_administrator(), id).await;
        withdrawn.expect("the grant is revoked");
        self.stores.staff.identities.rights_changed(viewer.user.id);
    }
}

fn on_group(id: &str) -> GrantTarget {
    GrantTarget::Group(id.parse().expect("an id"))
}

fn on_vehicle(id: &str) -> GrantTarget {
    GrantTarget::Vehicle(id.parse().expect("an id"))
}

const LEAVE: &str = "mutation($group: ID!, $vehicle: ID!) {
    removeVehicleFromGroup(groupId: $group, vehicleId: $vehicle) { id }
}";

/// The removal must be sent no matter how soon the vehicle changes afterwards.
#[rstest]
#[case::deleted(DELETE, json!({}), "DELETED")]
#[case::out_of_the_group(LEAVE, json!({}), "OUT_OF_SCOPE")]
#[case::disabled(DISABLE, json!({"enabled": true}), "OUT_OF_SCOPE")]
#[tokio::test]
async fn a_vehicle_is_removed_when_its_grant_is_revoked_regardless_of_later_changes(
    #[case] what: &str,
    #[case] filter: Value,
    #[case] reason: &str,
    #[values(0, 300, 800)] pause_ms: u64,
) {
    let stage = stage().await;
    let (id, hall) = (
        stage.enabled_forklift("Lift 1").await,
        stage.group("Hall A").await,
    );
    stage.add_to_group(&hall, &id).await;
    let (viewer, grants, mut client) = stage.watching_viewer(&[on_group(&hall)], filter).await;
    stage.withdraw(&viewer, grants[0]).await;
    tokio::time::sleep(std::time::Duration::from_millis(pause_ms)).await;
    let variables = match what {
        LEAVE => json!({"group": hall, "vehicle": id}),
        _ => json!({"id": id}),
    };
    stage.data(what, variables).await;
    let removal = tokio::time::timeout(std::time::Duration::from_secs(2), event(&mut client)).await;
    assert_eq!(removal.expect("the event arrives in time"), removed(&id, reason));
    nothing_more(&mut client).await;
}

#[tokio::test]
async fn a_granted_vehicle_is_added_before_its_other_events() {
    let stage = stage().await;
    let id = stage.enabled_forklift("Lift 1").await;
    let (viewer, _, mut client) = stage.watching_viewer(&[], json!({})).await;
    stage.grant(&viewer, on_vehicle(&id)).await;
    let talk = async {
        loop {
            stage.robot_is_moving(&id);
            stage.robot_is_full_to(&id, 80.0);
            tokio::time::sleep(std::time::Duration::from_millis(1)).await;
        }
    };
    let first = tokio::select! {
        () = talk => unreachable!("the robot never stops sending"),
        first = event(&mut client) => first,
    };
    assert_eq!(first["__typename"], "VehicleAdded", "{first}");
}

#[tokio::test]
async fn a_vehicle_is_updated_when_its_visible_groups_change() {
    let stage = stage().await;
    let (id, a, b) = (
        stage.forklift("Lift 1").await,
        stage.group("Hall A").await,
        stage.group("Hall B").await,
    );
    stage.add_to_group(&a, &id).await;
    stage.add_to_group(&b, &id).await;
    let grants = [on_group(&a), on_group(&b)];
    let (viewer, grants, mut client) = stage.watching_viewer(&grants, json!({})).await;
    stage.withdraw(&viewer, grants[1]).await;
    let update = event(&mut client).await;
    assert_eq!(update["__typename"], "VehicleUpdated", "{update}");
    assert_eq!(update["vehicle"]["groups"], json!([{"name": "Hall A"}]));
    stage.grant(&viewer, on_group(&b)).await;
    let groups = event(&mut client).await["vehicle"]["groups"].take();
    assert_eq!(groups.as_array().map(Vec::len), Some(2), "{groups}");
}

/// A restored vehicle does not belong to the earlier subscription.
#[rstest]
#[case("subscription($id: ID) { vehiclePositionUpdated(vehicleId: $id) { vehicleId } }")]
#[case("subscription($id: ID) { vehicleStateChanged(vehicleId: $id) { vehicleId } }")]
#[case("subscription($id: ID) { vehicleConnectionChanged(vehicleId: $id) { vehicleId } }")]
#[tokio::test]
async fn a_subscription_to_one_vehicle_completes_with_its_deletion(
    #[case] query: &str,
    #[values(true, false)] is_withdrawn: bool,
) {
    let stage = stage().await;
    let id = stage.enabled_forklift("Lift 1").await;
    let viewer = stage.stores.staff.create_user(Role::Viewer, None, &[]).await;
    let grant = stage.grant(&viewer, on_vehicle(&id)).await;
    let mut client = stage.connect_as(&viewer).await;
    watch(&mut client, query, json!({"id": id})).await;
    if is_withdrawn {
        stage.withdraw(&viewer, grant).await;
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    stage.data(DELETE, json!({"id": id})).await;
    let restore = "mutation($id: ID!) { restoreVehicle(id: $id) { id } }";
    stage.data(restore, json!({"id": id})).await;
    let message = tokio::time::timeout(std::time::Duration::from_secs(2), client.receive()).await;
    assert_eq!(
        message.expect("the subscription completes in time"),
        json!({"type": "complete", "id": "a"})
    );
}

#[tokio::test]
async fn connection_changes_are_sent_for_one_vehicle_or_for_all() {
    let stage = stage().await;
    let [one, two] = [
        stage.enabled_forklift("Lift 1").await,
        stage.enabled_forklift("Lift 2").await,
    ];
    let query = "subscription($id: ID) { vehicleConnectionChanged(vehicleId: $id) {
        vehicleId connectionStatus reason since vehicle { name }
    } }";
    let (mut all, mut only) = (stage.connect().await, stage.connect().await);
    watch(&mut all, query, json!({})).await;
    watch(&mut only, query, json!({"id": two})).await;
    stage.robot_is_at(&one, 1.0);
    stage.robot_is_at(&two, 1.0);
    for (client, expected) in [
        (&mut all, vec![(&one, "Lift 1"), (&two, "Lift 2")]),
        (&mut only, vec![(&two, "Lift 2")]),
    ] {
        for (id, name) in expected {
            let mut change = client.next("a").await["vehicleConnectionChanged"].take();
            assert!(
                change["since"]
                    .take()
                    .as_str()
                    .is_some_and(|time| time.ends_with('Z'))
            );
            let expected = json!({
                "vehicleId": id, "connectionStatus": "CONNECTED", "reason": "message received", "since": null,
                "vehicle": {"name": name},
            });
            assert_eq!(change, expected);
        }
        nothing_more(client).await;
    }
    let mut client = stage.connect().await;
    client.subscribe("a", query, json!({"id": UNKNOWN_ID})).await;
    assert_eq!(
        client.receive().await["payload"]["errors"][0]["extensions"]["code"],
        "NOT_FOUND"
    );
}

const POSITIONS: &str = "subscription($filter: VehicleFilter, $interval: Int) {
    vehiclePositionsUpdated(filter: $filter, intervalMs: $interval) { vehicleId position { x } vehicle { name status } }
}";

async fn positions(client: &mut Client) -> Vec<(String, f64)> {
    let updates = client.next("a").await["vehiclePositionsUpdated"].take();
    let updates = updates.as_array().expect("a list").iter().map(|update| {
        let id = update["vehicleId"].as_str().expect("an id").to_owned();
        (id, update["position"]["x"].as_f64().expect("a number"))
    });
    updates.collect()
}

#[tokio::test]
async fn positions_of_many_vehicles_are_sent_together_once_per_interval() {
    let stage = stage().await;
    let mut ids = Vec::new();
    for number in 0..3 {
        ids.push(stage.enabled_forklift(&format!("Lift {number}")).await);
        stage.robot_is_at(&ids[number], number as f64);
    }
    let mut client = stage.connect().await;
    let began = std::time::Instant::now();
    watch_positions(&mut client, json!({"interval": 300})).await;
    let mut first = positions(&mut client).await;
    first.sort_by(|a, b| a.1.total_cmp(&b.1));
    let expected: Vec<_> = ids.iter().cloned().zip([0.0, 1.0, 2.0]).collect();
    assert_eq!(first, expected);
    // The first position is sent immediately. The newest position of each vehicle within the interval is sent at its
    // end.
    stage.robot_is_at(&ids[0], 3.0);
    assert_eq!(positions(&mut client).await, [(ids[0].clone(), 3.0)]);
    for x in [4.0, 5.0] {
        stage.robot_is_at(&ids[0], x);
        stage.robot_is_at(&ids[1], x + 1.0);
    }
    let mut second = positions(&mut client).await;
    second.sort_by(|a, b| a.1.total_cmp(&b.1));
    assert_eq!(second, [(ids[0].clone(), 5.0), (ids[1].clone(), 6.0)]);
    // A delivery may be early by 4 ms.
    assert!(began.elapsed().as_millis() >= 296);
}

/// Starts the subscription without waiting for an answer to a query, because the first message is the snapshot.
async fn watch_positions(client: &mut Client, variables: Value) {
    client.subscribe("a", POSITIONS, variables).await;
}

#[tokio::test]
async fn a_vehicle_that_starts_to_match_is_sent_with_its_known_position() {
    let stage = stage().await;
    let (id, hall) = (
        stage.enabled_forklift("Lift 1").await,
        stage.group("Hall A").await,
    );
    stage.robot_is_at(&id, 1.0);
    let mut grouped = stage.connect().await;
    watch(
        &mut grouped,
        POSITIONS,
        json!({"filter": {"groupId": hall}, "interval": 0}),
    )
    .await;
    let mut special = stage.connect().await;
    watch(
        &mut special,
        POSITIONS,
        json!({"filter": {"search": "special"}, "interval": 0.0}),
    )
    .await;
    stage.add_to_group(&hall, &id).await;
    assert_eq!(positions(&mut grouped).await, [(id.clone(), 1.0)]);
    stage.data(RENAME, json!({"id": id, "name": "Special 1"})).await;
    assert_eq!(positions(&mut special).await, [(id.clone(), 1.0)]);
    stage.data(RENAME, json!({"id": id, "name": "Lift 1"})).await;
    stage.robot_is_at(&id, 2.0);
    assert_eq!(positions(&mut grouped).await, [(id.clone(), 2.0)]);
    nothing_more(&mut special).await;
}

#[rstest]
#[case(json!({"interval": -1}), "intervalMs")]
#[case(json!({"interval": 10_001}), "intervalMs")]
#[case(json!({"filter": {"groupId": "7"}}), "filter.groupId")]
#[tokio::test]
async fn arguments_of_the_positions_subscription_are_checked(#[case] variables: Value, #[case] field: &str) {
    let stage = stage().await;
    let mut client = stage.connect().await;
    client.subscribe("a", POSITIONS, variables).await;
    let error = client.receive().await["payload"]["errors"][0].take();
    assert_eq!(error["extensions"]["code"], "BAD_USER_INPUT");
    assert_eq!(error["extensions"]["fields"][0]["field"], field);
}

#[tokio::test]
async fn every_payload_has_the_current_vehicle() {
    let stage = stage().await;
    let id = stage.enabled_forklift("Lift 1").await;
    stage.robot_is_at(&id, 1.0);
    let vehicle =
        "vehicle { __typename id name status version position { x } connectionStatus groups { name } }";
    let mut position = stage.connect().await;
    let query = format!("subscription {{ vehiclePositionUpdated {{ vehicleId {vehicle} }} }}");
    position.subscribe("a", &query, json!({})).await;
    let expected = |status: &str, x: f64| {
        json!({"vehicleId": id, "vehicle": {
            "__typename": "Forklift", "id": id, "name": "Lift 1", "status": status, "version": 2,
            "position": {"x": x}, "connectionStatus": "CONNECTED", "groups": [],
        }})
    };
    assert_eq!(
        position.next("a").await["vehiclePositionUpdated"],
        expected("IDLE", 1.0)
    );
    stage.robot_is_at(&id, 2.0);
    assert_eq!(
        position.next("a").await["vehiclePositionUpdated"],
        expected("IDLE", 2.0)
    );
    let mut change = stage.connect().await;
    let query = format!("subscription {{ vehicleStateChanged {{ vehicleId {vehicle} }} }}");
    watch(&mut change, &query, json!({})).await;
    stage.robot_is_moving(&id);
    assert_eq!(
        change.next("a").await["vehicleStateChanged"],
        expected("MOVING", 2.0)
    );
}

/// A moving robot causes ten events per second, so groups and live keys must be read less often than that.
#[tokio::test]
async fn many_events_with_all_fields_take_few_calls() {
    let probe = Arc::new(Probe::default());
    let mut stage = Stage::on(GraphqlOptions::default(), probe.stores()).await;
    stage.follow_the_registry().await;
    let (id, hall) = (
        stage.enabled_forklift("Lift 1").await,
        stage.group("Hall A").await,
    );
    stage.add_to_group(&hall, &id).await;
    stage.robot_is_at(&id, 0.0);
    let mut client = stage.connect().await;
    let query = "subscription { vehiclePositionUpdated { vehicle {
        position { x } runtimeState { batteryLevel } connectionStatus mapping { syncStatus } groups { name }
    } } }";
    client.subscribe("a", query, json!({})).await;
    client.next("a").await;
    probe.calls();
    let began = std::time::Instant::now();
    for x in 1..=20 {
        stage.robot_is_at(&id, f64::from(x));
        let vehicle = client.next("a").await["vehiclePositionUpdated"]["vehicle"].take();
        assert_eq!(
            (&vehicle["position"]["x"], &vehicle["groups"]),
            (&json!(f64::from(x)), &json!([{"name": "Hall A"}]))
        );
    }
    let calls = probe.calls();
    assert_eq!(calls.get("read of live keys"), None);
    let groups = calls.get("find_by_ids of groups").copied().unwrap_or_default();
    assert!(groups as u64 <= began.elapsed().as_secs() + 1, "{groups} calls");
}

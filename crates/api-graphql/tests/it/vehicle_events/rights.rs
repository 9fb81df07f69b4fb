//! Changes of the rights of a subscriber.

use domain::OrganizationId;

use super::*;

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

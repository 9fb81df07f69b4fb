//! Changes to vehicles.

use std::time::Duration;

use crate::stage::{Stage, a, an_administrator, unknown_id};
use application::{
    Error,
    ports::Clock as _,
    telemetry::{Channel, Content},
};
use domain::{
    Role, Violations,
    telemetry::VehicleRuntimeState,
    vehicle::{SpecificationChanges, VehicleChanges, VehicleName, VehicleStatus, Version},
};

fn rename(name: &str) -> Result<VehicleChanges, Violations> {
    Ok(VehicleChanges {
        name: Some(VehicleName::new(name).expect("a name")),
        ..VehicleChanges::default()
    })
}

#[tokio::test]
async fn an_update_changes_only_the_given_fields_and_increments_the_version() {
    let stage = Stage::new();
    let before = stage.forklift("Lift 1", true).await;
    let changes = VehicleChanges {
        specification: SpecificationChanges {
            max_speed: Some(3.0),
            ..SpecificationChanges::default()
        },
        ..rename("Lift 2").expect("changes")
    };
    let after = stage
        .app
        .vehicles
        .update(&an_administrator(), before.id, Some(before.version), Ok(changes))
        .await
        .expect("valid data");
    assert_eq!(after.name.as_str(), "Lift 2");
    assert_eq!(
        (after.specification.max_speed(), after.specification.max_load()),
        (3.0, before.specification.max_load())
    );
    assert_eq!(after.version, before.version.next());
}

#[tokio::test]
async fn only_one_of_two_concurrent_updates_succeeds() {
    let stage = Stage::new();
    let vehicle = stage.forklift("Lift 1", true).await;
    let actor = an_administrator();
    let vehicles = &stage.app.vehicles;
    let first = vehicles.update(&actor, vehicle.id, Some(Version::FIRST), rename("first"));
    let second = vehicles.update(&actor, vehicle.id, Some(Version::FIRST), rename("second"));
    let (first, second) = futures::join!(first, second);
    assert!(first.is_ok());
    assert!(matches!(second, Err(Error::VersionMismatch { .. })), "{second:?}");
}

#[tokio::test]
async fn faults_of_an_update_are_reported_only_to_authorized_users() {
    let stage = Stage::new();
    let vehicle = stage.forklift("Lift 1", true).await;
    let faults = || Err(Violations::of("name", "must not be empty"));
    for role in [Role::Operator, Role::Viewer] {
        let refused = stage
            .app
            .vehicles
            .update(&a(role), vehicle.id, None, faults())
            .await;
        assert!(matches!(refused, Err(Error::Forbidden { .. })), "{role}");
    }
    let refused = stage
        .app
        .vehicles
        .update(&an_administrator(), vehicle.id, None, faults())
        .await;
    assert!(matches!(refused, Err(Error::Invalid(_))));
    let unknown = stage
        .app
        .vehicles
        .update(&an_administrator(), unknown_id(), None, rename("x"))
        .await;
    assert!(matches!(unknown, Err(Error::NotFound { .. })));
}

#[tokio::test]
async fn status_changes_by_users_follow_the_transition_table() {
    let stage = Stage::new();
    let vehicle = stage.forklift("Lift 1", true).await;
    let (operator, vehicles) = (a(Role::Operator), &stage.app.vehicles);
    let serviced = vehicles
        .change_status(&operator, vehicle.id, None, VehicleStatus::Maintenance)
        .await
        .expect("an allowed transition");
    assert_eq!(serviced.status, VehicleStatus::Maintenance);
    let moving = vehicles
        .change_status(&operator, vehicle.id, None, VehicleStatus::Moving)
        .await;
    let Err(Error::Invalid(faults)) = moving else {
        panic!("the transition is not allowed: {moving:?}");
    };
    assert_eq!(
        faults.to_string(),
        "status must not change from MAINTENANCE to MOVING"
    );
}

/// Without workers, nothing else records the reported status in the registry.
#[tokio::test]
async fn a_status_change_follows_the_status_that_the_robot_has_just_reported() {
    let stage = Stage::new();
    let vehicle = stage.enabled_forklift("Lift 1").await;
    let (operator, vehicles) = (a(Role::Operator), &stage.app.vehicles);
    let reported_at = stage.clock.now().wall() - Duration::from_millis(100);
    let state = VehicleRuntimeState::new(0.0, 80.0, reported_at).expect("in range");
    let state = state.with_status(Some(VehicleStatus::Error));
    assert!(stage.robot_says(vehicle.id, Channel::State, Content::State(state)));
    let moving = vehicles
        .change_status(&operator, vehicle.id, None, VehicleStatus::Moving)
        .await;
    let Err(Error::Invalid(faults)) = moving else {
        panic!("the transition is not allowed: {moving:?}");
    };
    assert_eq!(faults.to_string(), "status must not change from ERROR to MOVING");

    let idle = vehicles
        .change_status(&operator, vehicle.id, None, VehicleStatus::Idle)
        .await
        .expect("an allowed transition");
    assert_eq!(idle.status, VehicleStatus::Idle);
    let [Some(current)] = &stage.live.current_states(&[vehicle.id])[..] else {
        panic!("a known vehicle");
    };
    assert_eq!(current.status, VehicleStatus::Idle, "the later status applies");
}

#[tokio::test]
async fn viewers_cannot_change_statuses() {
    let stage = Stage::new();
    let vehicle = stage.forklift("Lift 1", true).await;
    let refused = stage
        .app
        .vehicles
        .change_status(&a(Role::Viewer), vehicle.id, None, VehicleStatus::Maintenance)
        .await;
    assert!(matches!(refused, Err(Error::Forbidden { .. })));
}

#[tokio::test]
async fn every_change_can_require_a_version() {
    let stage = Stage::new();
    let vehicle = stage.enabled_forklift("Lift 1").await;
    let (actor, old) = (an_administrator(), Some(Version::FIRST));
    assert!(vehicle.version > Version::FIRST);
    let status = stage
        .app
        .vehicles
        .change_status(&actor, vehicle.id, old, VehicleStatus::Stopped)
        .await;
    assert!(matches!(status, Err(Error::VersionMismatch { .. })));
    let enabled = stage.app.vehicles.enable(&actor, vehicle.id, old).await;
    assert!(matches!(enabled, Err(Error::VersionMismatch { .. })));
    let deleted = stage.app.vehicles.delete(&actor, vehicle.id, old).await;
    assert!(matches!(deleted, Err(Error::VersionMismatch { .. })));
    let deleted = stage
        .app
        .vehicles
        .delete(&actor, vehicle.id, Some(vehicle.version))
        .await;
    assert!(deleted.is_ok());
}

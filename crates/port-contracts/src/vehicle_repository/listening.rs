use domain::vehicle::{Vehicle, VehicleStatus};
use futures::future::join_all;
use test_builders::a_vehicle;

use super::{PLENTY, Registry};
use crate::registry::{EVERYTHING, an_administrator, check_since, no_vehicle, now, read, rename};

/// Checks that the version is unchanged, although the time of change is set.
pub async fn a_reported_status_does_not_raise_the_version(registry: &dyn Registry) {
    let vehicles = registry.vehicles();
    let (speaks, is_silent) = (
        a_vehicle().enabled().register(vehicles).await,
        a_vehicle().enabled().register(vehicles).await,
    );
    let began = now();
    vehicles
        .record_statuses(&[(speaks.id, VehicleStatus::Charging)])
        .await
        .expect("it is recorded");
    let after = read(vehicles, speaks.id).await;
    let expected = Vehicle {
        status: VehicleStatus::Charging,
        updated_at: after.updated_at,
        ..speaks.clone()
    };
    assert_eq!(after, expected);
    check_since(began, after.updated_at);
    assert_eq!(read(vehicles, is_silent.id).await, is_silent);
}

/// Reports every transition, because the transition table only applies to changes by users.
pub async fn a_reported_status_may_be_any_transition(registry: &dyn Registry) {
    let vehicles = registry.vehicles();
    let id = a_vehicle()
        .enabled()
        .in_status(VehicleStatus::Error)
        .register(vehicles)
        .await
        .id;
    for &from in VehicleStatus::ALL {
        for &to in VehicleStatus::ALL {
            for status in [from, to] {
                vehicles
                    .record_statuses(&[(id, status)])
                    .await
                    .expect("it is recorded");
            }
            assert_eq!(read(vehicles, id).await.status, to, "after {from}");
        }
    }
}

/// Records several statuses of each vehicle in one call.
pub async fn the_last_reported_status_takes_effect(registry: &dyn Registry) {
    use VehicleStatus::{Charging, Error, Moving};
    let vehicles = registry.vehicles();
    let (a, b) = (
        a_vehicle().enabled().register(vehicles).await.id,
        a_vehicle().enabled().register(vehicles).await.id,
    );
    let said = [(a, Moving), (b, Error), (a, Charging), (b, Moving), (a, Error)];
    vehicles.record_statuses(&said).await.expect("they are recorded");
    assert_eq!(
        (read(vehicles, a).await.status, read(vehicles, b).await.status),
        (Error, Moving)
    );
}

/// Checks that statuses of disabled, deleted and unknown vehicles are ignored, unlike that of an enabled vehicle in the
/// same call.
pub async fn a_status_of_a_vehicle_that_is_not_enabled_is_ignored(registry: &dyn Registry) {
    let vehicles = registry.vehicles();
    let disabled = a_vehicle().register(vehicles).await;
    let deleted = a_vehicle().enabled().register(vehicles).await;
    vehicles
        .delete(an_administrator(), deleted.id, None)
        .await
        .expect("it is deleted");
    let enabled = a_vehicle().enabled().register(vehicles).await;
    let all = [disabled.id, deleted.id, no_vehicle(), enabled.id].map(|id| (id, VehicleStatus::Moving));
    vehicles
        .record_statuses(&all)
        .await
        .expect("the enabled vehicle's status is recorded");
    vehicles
        .record_statuses(&[])
        .await
        .expect("the call succeeds without effect");

    assert_eq!(read(vehicles, disabled.id).await, disabled);
    assert_eq!(read(vehicles, enabled.id).await.status, VehicleStatus::Moving);
    let found = vehicles.find_by_id(&EVERYTHING, deleted.id).await;
    assert_eq!(found.expect("the registry answers"), None);
}

/// Checks that a report of the current status has no effect, because several servers may report the same status.
pub async fn reporting_the_current_status_changes_nothing(registry: &dyn Registry) {
    let vehicles = registry.vehicles();
    let before = a_vehicle()
        .enabled()
        .in_status(VehicleStatus::Moving)
        .register(vehicles)
        .await;
    vehicles
        .record_statuses(&[(before.id, VehicleStatus::Moving)])
        .await
        .expect("the call succeeds without effect");
    assert_eq!(read(vehicles, before.id).await, before);
}

/// Renames a vehicle while it reports statuses, and checks that both changes are kept.
pub async fn reported_statuses_and_user_changes_do_not_undo_each_other(registry: &dyn Registry) {
    let vehicles = registry.vehicles();
    let id = a_vehicle().enabled().register(vehicles).await.id;
    for round in 0..10 {
        let status = if round % 2 == 0 {
            VehicleStatus::Moving
        } else {
            VehicleStatus::Charging
        };
        let name = format!("name {round}");
        let (renamed, recorded) = futures::join!(
            vehicles.update(an_administrator(), id, None, rename(&name)),
            async { vehicles.record_statuses(&[(id, status)]).await }
        );
        renamed.expect("it is renamed");
        recorded.expect("it is recorded");
        let after = read(vehicles, id).await;
        assert_eq!((after.name.as_str(), after.status), (name.as_str(), status));
    }
}

/// Makes concurrent calls with the vehicles in opposite orders.
pub async fn concurrent_statuses_from_several_servers_are_all_recorded(registry: &dyn Registry) {
    let vehicles = registry.vehicles();
    let fleet = join_all((0..50).map(|_| async { a_vehicle().enabled().register(vehicles).await.id })).await;
    for status in [VehicleStatus::Moving, VehicleStatus::Stopped, VehicleStatus::Idle] {
        let forwards: Vec<_> = fleet.iter().map(|id| (*id, status)).collect();
        let backwards: Vec<_> = forwards.iter().rev().copied().collect();
        let said = [&forwards, &backwards, &forwards, &backwards].map(|said| vehicles.record_statuses(said));
        for outcome in join_all(said).await {
            outcome.expect("they are recorded");
        }
        for vehicle in vehicles
            .find_enabled_vehicles(&EVERYTHING, PLENTY)
            .await
            .expect("a list")
        {
            assert_eq!(vehicle.status, status);
        }
    }
}

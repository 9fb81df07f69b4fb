use domain::vehicle::{Vehicle, VehicleStatus};
use futures::future::join_all;
use test_builders::a_vehicle;

use super::{PLENTY, Registry};
use crate::registry::{EVERYTHING, an_administrator, check_since, nobody, now, read, rename};

/// It is a change all the same, with a time.
pub async fn the_robots_word_is_taken_without_raising_the_version(registry: &dyn Registry) {
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

/// That is for people.
pub async fn the_robots_word_is_not_held_to_the_table_of_transitions(registry: &dyn Registry) {
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

/// Of several about one vehicle at once.
pub async fn the_last_word_counts(registry: &dyn Registry) {
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

/// Nor who is deleted or unknown; the others' words arrive.
pub async fn who_is_not_enabled_is_not_listened_to(registry: &dyn Registry) {
    let vehicles = registry.vehicles();
    let disabled = a_vehicle().register(vehicles).await;
    let deleted = a_vehicle().enabled().register(vehicles).await;
    vehicles
        .delete(an_administrator(), deleted.id, None)
        .await
        .expect("it is deleted");
    let enabled = a_vehicle().enabled().register(vehicles).await;
    let everybody = [disabled.id, deleted.id, nobody(), enabled.id].map(|id| (id, VehicleStatus::Moving));
    vehicles
        .record_statuses(&everybody)
        .await
        .expect("the last one is recorded");
    vehicles
        .record_statuses(&[])
        .await
        .expect("there is nothing to record");

    assert_eq!(read(vehicles, disabled.id).await, disabled);
    assert_eq!(read(vehicles, enabled.id).await.status, VehicleStatus::Moving);
    let found = vehicles.find_by_id(&EVERYTHING, deleted.id).await;
    assert_eq!(found.expect("an answer"), None);
}

/// So several servers may say the same.
pub async fn a_status_that_is_there_already_is_no_change(registry: &dyn Registry) {
    let vehicles = registry.vehicles();
    let before = a_vehicle()
        .enabled()
        .in_status(VehicleStatus::Moving)
        .register(vehicles)
        .await;
    vehicles
        .record_statuses(&[(before.id, VehicleStatus::Moving)])
        .await
        .expect("there is nothing to record");
    assert_eq!(read(vehicles, before.id).await, before);
}

/// A person renames a vehicle while it says again and again what it is doing.
pub async fn the_robots_word_and_a_persons_change_do_not_undo_each_other(registry: &dyn Registry) {
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

/// In whatever order each of them says it.
pub async fn many_words_at_once_from_several_servers_all_arrive(registry: &dyn Registry) {
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

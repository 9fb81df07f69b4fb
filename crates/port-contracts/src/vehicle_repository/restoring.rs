use application::ports::VehicleFilter;
use domain::{
    OrganizationId,
    vehicle::{Vehicle, VehicleChanges, VehicleStatus, VehicleType},
};
use test_builders::{a_vehicle, full_details};

use super::{Registry, count};
use crate::registry::{
    a_group, an_administrator, an_organization, check_conflict, check_name_conflict, check_not_found,
    check_since, no_vehicle, now, read, within,
};

/// Checks that the details of the vehicle are restored unchanged.
pub async fn a_restored_vehicle_is_disabled_and_in_no_group(registry: &dyn Registry) {
    let (vehicles, groups) = (registry.vehicles(), registry.groups());
    let group = a_group(registry, OrganizationId::DEFAULT).await.id;
    for &kind in VehicleType::ALL {
        let vehicle = a_vehicle()
            .with_details(full_details(kind))
            .enabled()
            .in_status(VehicleStatus::Moving)
            .in_group(group)
            .register_in_groups(vehicles, groups)
            .await;
        let deleted = vehicles.delete(an_administrator(), vehicle.id, None).await;
        let deleted = deleted.expect("it is deleted");
        let began = now();
        let restored = vehicles.restore(an_administrator(), vehicle.id).await;
        let restored = restored.expect("it is restored");
        let expected = Vehicle {
            is_enabled: false,
            group_ids: Default::default(),
            version: deleted.version.next(),
            updated_at: restored.updated_at,
            ..vehicle
        };
        assert_eq!(restored, expected);
        check_since(began, restored.updated_at);
        assert_eq!(read(vehicles, restored.id).await, expected);
    }
}

/// Repeats deletion, restoration and change several times.
pub async fn a_restored_vehicle_can_be_changed_and_deleted_again(registry: &dyn Registry) {
    let vehicles = registry.vehicles();
    let id = a_vehicle().register(vehicles).await.id;
    for _ in 0..3 {
        let deleted = vehicles.delete(an_administrator(), id, None).await;
        deleted.expect("it is deleted");
        let restored = vehicles.restore(an_administrator(), id).await;
        let restored = restored.expect("it is restored");
        let enabled = vehicles
            .update(
                an_administrator(),
                id,
                Some(restored.version),
                VehicleChanges::enable(),
            )
            .await;
        assert!(enabled.expect("it is changed").is_enabled);
    }
    assert_eq!(count(vehicles, &VehicleFilter::default()).await, 1);
}

/// Checks that the vehicle remains deleted, and can be restored once the name is free.
pub async fn a_vehicle_whose_name_is_taken_is_not_restored(registry: &dyn Registry) {
    let vehicles = registry.vehicles();
    let elsewhere = an_organization(registry).await;
    let id = a_vehicle().named("AMR 1").register(vehicles).await.id;
    vehicles
        .delete(an_administrator(), id, None)
        .await
        .expect("it is deleted");
    a_vehicle().named("AMR 1").of(elsewhere).register(vehicles).await;
    let other = a_vehicle().named("AMR 1").register(vehicles).await.id;
    check_name_conflict(vehicles.restore(an_administrator(), id).await);
    check_not_found(vehicles.delete(an_administrator(), id, None).await);
    vehicles
        .delete(an_administrator(), other, None)
        .await
        .expect("it is deleted");
    let restored = vehicles.restore(an_administrator(), id).await;
    restored.expect("the name is free");
    check_name_conflict(vehicles.restore(an_administrator(), other).await);
}

/// Checks that vehicles that never existed, or are out of scope, are not found.
pub async fn only_deleted_vehicles_within_the_scope_are_restored(registry: &dyn Registry) {
    let vehicles = registry.vehicles();
    let (own, foreign) = (an_organization(registry).await, an_organization(registry).await);
    let there = a_vehicle().of(own).register(vehicles).await;
    let mine = a_vehicle().of(own).register(vehicles).await.id;
    let others = a_vehicle().of(foreign).register(vehicles).await.id;
    let others_too = a_vehicle().of(foreign).register(vehicles).await.id;
    for id in [mine, others] {
        vehicles
            .delete(an_administrator(), id, None)
            .await
            .expect("it is deleted");
    }
    let by = within(&domain::AccessScope::of_organization(own));
    check_not_found(vehicles.restore(&by, no_vehicle()).await);
    check_not_found(vehicles.restore(&by, others).await);
    check_not_found(vehicles.restore(&by, others_too).await);
    check_conflict("id", vehicles.restore(&by, there.id).await);
    assert_eq!(read(vehicles, there.id).await, there);
    vehicles.restore(&by, mine).await.expect("it is restored");
}

/// Checks that all other calls are rejected, because the vehicle is no longer deleted.
pub async fn of_two_concurrent_restorations_one_succeeds(registry: &dyn Registry) {
    let vehicles = registry.vehicles();
    let id = a_vehicle().register(vehicles).await.id;
    let deleted = vehicles.delete(an_administrator(), id, None).await;
    let deleted = deleted.expect("it is deleted");
    let outcomes = futures::future::join_all((0..4).map(|_| vehicles.restore(an_administrator(), id))).await;
    let (done, refused): (Vec<_>, Vec<_>) = outcomes.into_iter().partition(Result::is_ok);
    assert_eq!(done.len(), 1);
    for outcome in refused {
        check_conflict("id", outcome);
    }
    assert_eq!(read(vehicles, id).await.version, deleted.version.next());
}

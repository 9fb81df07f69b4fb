use std::collections::BTreeSet;

use application::Error;
use domain::{GroupId, OrganizationId, vehicle::Vehicle};
use test_builders::a_vehicle;

use super::Registry;
use crate::registry::{
    a_group, an_administrator, an_organization, check_not_found, check_since, check_version_mismatch,
    no_vehicle, now, read, rename,
};

/// Checks that only the groups, the version and the time of change differ.
async fn check_moved(registry: &dyn Registry, before: &Vehicle, after: &Vehicle, groups: &[GroupId]) {
    let expected = Vehicle {
        group_ids: BTreeSet::from_iter(groups.iter().copied()),
        version: before.version.next(),
        updated_at: after.updated_at,
        ..before.clone()
    };
    assert_eq!(after, &expected);
    assert_eq!(&read(registry.vehicles(), after.id).await, after);
}

/// Checks that a vehicle may be in several groups.
pub async fn adding_a_vehicle_to_a_group_changes_the_vehicle(registry: &dyn Registry) {
    let groups = registry.groups();
    let organization = an_organization(registry).await;
    let [one, other] = [(); 2].map(|()| a_group(registry, organization));
    let (one, other) = (one.await.id, other.await.id);
    let vehicle = a_vehicle().of(organization).register(registry.vehicles()).await;
    let stays = a_vehicle().of(organization).register(registry.vehicles()).await;

    let began = now();
    let first = groups
        .add_vehicle(an_administrator(), one, vehicle.id)
        .await
        .expect("the vehicle is added");
    check_since(began, first.updated_at);
    check_moved(registry, &vehicle, &first, &[one]).await;
    let second = groups
        .add_vehicle(an_administrator(), other, vehicle.id)
        .await
        .expect("the vehicle is added");
    check_moved(registry, &first, &second, &[one, other]).await;
    assert_eq!(read(registry.vehicles(), stays.id).await, stays);
}

/// Checks that neither the version nor the time of change is updated.
pub async fn adding_a_member_again_changes_nothing(registry: &dyn Registry) {
    let group = a_group(registry, OrganizationId::DEFAULT).await.id;
    let vehicle = a_vehicle().in_group(group);
    let vehicle = vehicle
        .register_in_groups(registry.vehicles(), registry.groups())
        .await;
    let again = registry
        .groups()
        .add_vehicle(an_administrator(), group, vehicle.id)
        .await;
    assert_eq!(again.expect("the registry answers"), vehicle);
    assert_eq!(read(registry.vehicles(), vehicle.id).await, vehicle);
}

/// Checks that the vehicle remains in its other groups.
pub async fn removing_a_vehicle_from_a_group_changes_the_vehicle(registry: &dyn Registry) {
    let groups = registry.groups();
    let [one, other] = [(); 2].map(|()| a_group(registry, OrganizationId::DEFAULT));
    let (one, other) = (one.await.id, other.await.id);
    let vehicle = a_vehicle().in_group(one).in_group(other);
    let vehicle = vehicle.register_in_groups(registry.vehicles(), groups).await;
    let stays = a_vehicle()
        .in_group(one)
        .register_in_groups(registry.vehicles(), groups)
        .await;

    let began = now();
    let out = groups
        .remove_vehicle(an_administrator(), one, vehicle.id)
        .await
        .expect("the vehicle is removed");
    check_since(began, out.updated_at);
    check_moved(registry, &vehicle, &out, &[other]).await;
    let back = groups
        .add_vehicle(an_administrator(), one, vehicle.id)
        .await
        .expect("the vehicle is added again");
    check_moved(registry, &out, &back, &[one, other]).await;
    assert_eq!(read(registry.vehicles(), stays.id).await, stays);
}

/// Tries to remove a vehicle of another group and an unknown vehicle, and to add an unknown one.
pub async fn a_vehicle_outside_a_group_cannot_be_removed_from_it(registry: &dyn Registry) {
    let groups = registry.groups();
    let [one, other] = [(); 2].map(|()| a_group(registry, OrganizationId::DEFAULT));
    let (one, other) = (one.await.id, other.await.id);
    let vehicle = a_vehicle()
        .in_group(other)
        .register_in_groups(registry.vehicles(), groups)
        .await;
    check_not_found(groups.remove_vehicle(an_administrator(), one, vehicle.id).await);
    check_not_found(groups.remove_vehicle(an_administrator(), one, no_vehicle()).await);
    check_not_found(groups.add_vehicle(an_administrator(), one, no_vehicle()).await);
    assert_eq!(read(registry.vehicles(), vehicle.id).await, vehicle);
}

/// Checks that the input is reported as invalid, because the caller can see both the vehicle and the group.
pub async fn a_vehicle_of_another_organization_is_refused(registry: &dyn Registry) {
    let other = an_organization(registry).await;
    let group = a_group(registry, OrganizationId::DEFAULT).await.id;
    let vehicle = a_vehicle().of(other).register(registry.vehicles()).await;
    match registry
        .groups()
        .add_vehicle(an_administrator(), group, vehicle.id)
        .await
    {
        Err(Error::Invalid(faults)) => {
            let fields: Vec<&str> = faults.iter().map(|fault| fault.field.as_str()).collect();
            assert_eq!(fields, ["vehicleId"]);
        }
        other => panic!("{other:?}"),
    }
    check_not_found(
        registry
            .groups()
            .remove_vehicle(an_administrator(), group, vehicle.id)
            .await,
    );
    assert_eq!(read(registry.vehicles(), vehicle.id).await, vehicle);
}

/// Checks that a change of groups raises the version, because the groups are part of the vehicle.
pub async fn an_old_version_is_refused_after_a_change_of_groups(registry: &dyn Registry) {
    let vehicles = registry.vehicles();
    let group = a_group(registry, OrganizationId::DEFAULT).await.id;
    let seen = a_vehicle().register(vehicles).await;
    let moved = registry
        .groups()
        .add_vehicle(an_administrator(), group, seen.id)
        .await;
    let moved = moved.expect("the vehicle is added");
    let outcome = vehicles
        .update(an_administrator(), seen.id, Some(seen.version), rename("late"))
        .await;
    check_version_mismatch(outcome);
    let renamed = vehicles
        .update(
            an_administrator(),
            seen.id,
            Some(moved.version),
            rename("in time"),
        )
        .await;
    assert_eq!(renamed.expect("it is renamed").group_ids, BTreeSet::from([group]));
}

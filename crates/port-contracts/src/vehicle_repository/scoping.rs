use application::ports::{VehicleFilter, VehicleRepository};
use domain::{
    AccessScope, VehicleId,
    vehicle::{VehicleChanges, VehicleType},
};
use test_builders::a_vehicle;

use super::{PLENTY, Registry, page_for};
use crate::registry::{
    a_group, an_administrator, an_organization, check_not_found, ids, read, rename, scope, within,
};

/// Checks the lists, the count, and the reading of each vehicle. All vehicles must be enabled AMRs.
async fn check_sees(vehicles: &dyn VehicleRepository, scope: &AccessScope, expected: &[VehicleId]) {
    let unfiltered = VehicleFilter::default();
    assert_eq!(ids(&page_for(vehicles, scope, &unfiltered).await.items), expected);
    let count = vehicles.count(scope, &unfiltered).await;
    assert_eq!(count.expect("a number"), expected.len() as u64);
    let amrs = vehicles.find_by_type(scope, VehicleType::Amr, PLENTY).await;
    assert_eq!(ids(&amrs.expect("a list")), expected);
    let enabled = vehicles.find_enabled_vehicles(scope, PLENTY).await;
    assert_eq!(ids(&enabled.expect("a list")), expected);
    for id in expected {
        assert!(
            vehicles
                .find_by_id(scope, *id)
                .await
                .expect("the registry answers")
                .is_some()
        );
    }
}

/// Checks that the vehicle can neither be read nor changed, with or without a version.
pub async fn a_vehicle_out_of_scope_does_not_exist(registry: &dyn Registry) {
    let vehicles = registry.vehicles();
    let (ours, theirs) = (an_organization(registry).await, an_organization(registry).await);
    let foreign = a_vehicle().of(theirs).enabled().register(vehicles).await;
    let scope = scope(&[ours], &[]);

    assert_eq!(
        vehicles
            .find_by_id(&scope, foreign.id)
            .await
            .expect("the registry answers"),
        None
    );
    check_sees(vehicles, &scope, &[]).await;
    check_not_found(
        vehicles
            .update(&within(&scope), foreign.id, None, rename("ours now"))
            .await,
    );
    check_not_found(
        vehicles
            .update(
                &within(&scope),
                foreign.id,
                Some(foreign.version.next()),
                VehicleChanges::disable(),
            )
            .await,
    );
    check_not_found(vehicles.enable(&within(&scope), foreign.id, None).await);
    check_not_found(vehicles.disable(&within(&scope), foreign.id, None).await);
    check_not_found(
        vehicles
            .delete(&within(&scope), foreign.id, Some(foreign.version))
            .await,
    );
    assert_eq!(read(vehicles, foreign.id).await, foreign);
}

/// Checks that the vehicles can be read and changed.
pub async fn a_scope_of_an_organization_contains_its_vehicles(registry: &dyn Registry) {
    let vehicles = registry.vehicles();
    let (ours, theirs) = (an_organization(registry).await, an_organization(registry).await);
    let first = a_vehicle().of(ours).enabled().register(vehicles).await;
    a_vehicle().of(theirs).enabled().register(vehicles).await;
    let second = a_vehicle().of(ours).enabled().register(vehicles).await;
    let scope = scope(&[ours], &[]);

    check_sees(vehicles, &scope, &[first.id, second.id]).await;
    let renamed = vehicles
        .update(&within(&scope), first.id, Some(first.version), rename("mine"))
        .await
        .expect("it is in scope");
    assert_eq!(renamed.name.as_str(), "mine");
    vehicles
        .delete(&within(&scope), second.id, None)
        .await
        .expect("it is in scope");
    check_sees(vehicles, &scope, &[first.id]).await;
}

/// Reads with scopes of individual vehicles of any organisation, alone and together with a whole organisation.
pub async fn a_scope_of_individual_vehicles_contains_only_these(registry: &dyn Registry) {
    let vehicles = registry.vehicles();
    let (ours, theirs) = (an_organization(registry).await, an_organization(registry).await);
    let lent = a_vehicle().of(theirs).enabled().register(vehicles).await;
    a_vehicle().of(theirs).enabled().register(vehicles).await;
    let own = a_vehicle().of(ours).enabled().register(vehicles).await;

    check_sees(vehicles, &scope(&[], &[lent.id]), &[lent.id]).await;
    check_sees(vehicles, &scope(&[ours], &[lent.id]), &[lent.id, own.id]).await;
    check_sees(vehicles, &scope(&[ours], &[own.id]), &[own.id]).await;
    let disabled = vehicles
        .disable(&within(&scope(&[], &[lent.id])), lent.id, None)
        .await
        .expect("it is in scope");
    assert!(!disabled.is_enabled);
}

pub async fn an_empty_scope_contains_nothing(registry: &dyn Registry) {
    let vehicles = registry.vehicles();
    let vehicle = a_vehicle().enabled().register(vehicles).await;
    check_sees(vehicles, &scope(&[], &[]), &[]).await;
    check_not_found(vehicles.delete(&within(&scope(&[], &[])), vehicle.id, None).await);
}

/// Checks that vehicles are visible only as long as they are in the group.
pub async fn a_scope_of_a_group_contains_its_vehicles(registry: &dyn Registry) {
    let (vehicles, groups) = (registry.vehicles(), registry.groups());
    let organization = an_organization(registry).await;
    let (granted, other) = (
        a_group(registry, organization).await.id,
        a_group(registry, organization).await.id,
    );
    let register = async |group| {
        let vehicle = a_vehicle().of(organization).enabled().in_group(group);
        vehicle.register_in_groups(vehicles, groups).await
    };
    let (ours, theirs) = (register(granted).await, register(other).await);
    let scope = AccessScope::of_groups([granted]);

    check_sees(vehicles, &scope, &[ours.id]).await;
    check_not_found(vehicles.enable(&within(&scope), theirs.id, None).await);
    let renamed = vehicles
        .update(&within(&scope), ours.id, None, rename("mine"))
        .await;
    assert_eq!(renamed.expect("it is in scope").name.as_str(), "mine");

    let mixed = AccessScope::Restricted {
        organizations: [an_organization(registry).await].into(),
        groups: [granted].into(),
        vehicles: [theirs.id].into(),
    };
    check_sees(vehicles, &mixed, &[ours.id, theirs.id]).await;

    let left = groups.remove_vehicle(an_administrator(), granted, ours.id).await;
    left.expect("the vehicle was in the group");
    check_sees(vehicles, &scope, &[]).await;
    check_not_found(vehicles.disable(&within(&scope), ours.id, None).await);
}

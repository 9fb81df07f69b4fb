use application::{
    paging::PageRequest,
    ports::{VehicleFilter, VehicleRepository},
};
use domain::{
    AccessScope, OrganizationId, VehicleId,
    vehicle::{VehicleChanges, VehicleType},
};

use super::{Registry, check_not_found, ids, read, rename};
use crate::builders::a_vehicle;

fn scope(organizations: &[OrganizationId], vehicles: &[VehicleId]) -> AccessScope {
    AccessScope::Restricted {
        organizations: organizations.to_vec(),
        vehicles: vehicles.to_vec(),
    }
}

/// Checks every way of looking; all vehicles are enabled AMRs.
async fn check_sees(vehicles: &dyn VehicleRepository, scope: &AccessScope, expected: &[VehicleId]) {
    let page = vehicles
        .find_all(scope, &VehicleFilter::default(), &PageRequest::start())
        .await
        .expect("a page");
    assert_eq!(
        (ids(&page.items), page.total_count),
        (expected.to_vec(), expected.len() as u64)
    );
    assert_eq!(
        ids(&vehicles
            .find_by_type(scope, VehicleType::Amr)
            .await
            .expect("a list")),
        expected
    );
    assert_eq!(
        ids(&vehicles.find_enabled_vehicles(scope).await.expect("a list")),
        expected
    );
    for id in expected {
        assert!(
            vehicles
                .find_by_id(scope, *id)
                .await
                .expect("an answer")
                .is_some()
        );
    }
}

/// Neither to be read nor to be changed, whatever version is named.
pub async fn what_is_out_of_scope_does_not_exist(registry: &dyn Registry) {
    let vehicles = registry.vehicles();
    let (ours, theirs) = (
        registry.add_organization().await,
        registry.add_organization().await,
    );
    let foreign = a_vehicle().of(theirs).enabled().register(vehicles).await;
    let scope = scope(&[ours], &[]);

    assert_eq!(
        vehicles.find_by_id(&scope, foreign.id).await.expect("an answer"),
        None
    );
    check_sees(vehicles, &scope, &[]).await;
    check_not_found(
        vehicles
            .update(&scope, foreign.id, None, rename("ours now"))
            .await,
    );
    check_not_found(
        vehicles
            .update(
                &scope,
                foreign.id,
                Some(foreign.version.next()),
                VehicleChanges::disable(),
            )
            .await,
    );
    check_not_found(vehicles.enable(&scope, foreign.id).await);
    check_not_found(vehicles.disable(&scope, foreign.id).await);
    check_not_found(vehicles.delete(&scope, foreign.id, Some(foreign.version)).await);
    assert_eq!(read(vehicles, foreign.id).await, foreign);
}

/// To be read and to be changed.
pub async fn a_scope_of_an_organization_has_its_vehicles(registry: &dyn Registry) {
    let vehicles = registry.vehicles();
    let (ours, theirs) = (
        registry.add_organization().await,
        registry.add_organization().await,
    );
    let first = a_vehicle().of(ours).enabled().register(vehicles).await;
    a_vehicle().of(theirs).enabled().register(vehicles).await;
    let second = a_vehicle().of(ours).enabled().register(vehicles).await;
    let scope = scope(&[ours], &[]);

    check_sees(vehicles, &scope, &[first.id, second.id]).await;
    let renamed = vehicles
        .update(&scope, first.id, Some(first.version), rename("mine"))
        .await
        .expect("ours");
    assert_eq!(renamed.name.as_str(), "mine");
    vehicles.delete(&scope, second.id, None).await.expect("ours");
    check_sees(vehicles, &scope, &[first.id]).await;
}

/// Whatever their organisation, and beside whole organisations.
pub async fn a_scope_of_single_vehicles_has_these(registry: &dyn Registry) {
    let vehicles = registry.vehicles();
    let (ours, theirs) = (
        registry.add_organization().await,
        registry.add_organization().await,
    );
    let lent = a_vehicle().of(theirs).enabled().register(vehicles).await;
    a_vehicle().of(theirs).enabled().register(vehicles).await;
    let own = a_vehicle().of(ours).enabled().register(vehicles).await;

    check_sees(vehicles, &scope(&[], &[lent.id]), &[lent.id]).await;
    check_sees(vehicles, &scope(&[ours], &[lent.id]), &[lent.id, own.id]).await;
    check_sees(vehicles, &scope(&[ours], &[own.id]), &[own.id]).await;
    let disabled = vehicles
        .disable(&scope(&[], &[lent.id]), lent.id)
        .await
        .expect("it is lent to us");
    assert!(!disabled.is_enabled);
}

/// Nothing is not everything.
pub async fn a_scope_of_nothing_has_nothing(registry: &dyn Registry) {
    let vehicles = registry.vehicles();
    let vehicle = a_vehicle().enabled().register(vehicles).await;
    check_sees(vehicles, &scope(&[], &[]), &[]).await;
    check_not_found(vehicles.delete(&scope(&[], &[]), vehicle.id, None).await);
}

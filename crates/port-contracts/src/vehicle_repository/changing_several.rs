use application::{Error, ports::AuditFilter};
use domain::{
    AccessScope, AuditAction, GrantTarget, GrantTerms, OrganizationId, VehicleId, vehicle::Vehicle,
};
use test_builders::{a_user, a_vehicle};

use super::Registry;
use crate::{
    people::entries,
    registry::{EVERYTHING, an_administrator, an_organization, ids, no_vehicle, within},
};

async fn a_fleet(registry: &dyn Registry) -> Vec<Vehicle> {
    let vehicles = registry.vehicles();
    vec![
        a_vehicle().register(vehicles).await,
        a_vehicle().enabled().register(vehicles).await,
        a_vehicle().register(vehicles).await,
    ]
}

async fn found(registry: &dyn Registry, ids: &[VehicleId]) -> Vec<Vehicle> {
    let found = registry.vehicles().find_by_ids(&EVERYTHING, ids).await;
    let mut found = found.expect("a list");
    found.sort_by_key(|vehicle| vehicle.id);
    found
}

#[track_caller]
fn check_missing<T: std::fmt::Debug>(outcome: Result<T, Error>, missing: VehicleId) {
    let is_named = matches!(&outcome, Err(Error::NoSuchVehicle { id }) if *id == missing);
    assert!(is_named, "{outcome:?}");
}

/// Checks that vehicles that need no change are not changed.
pub async fn several_vehicles_are_enabled_and_disabled_at_once(registry: &dyn Registry) {
    let fleet = a_fleet(registry).await;
    let all = ids(&fleet);
    let (vehicles, by) = (registry.vehicles(), an_administrator());
    let enabled = vehicles
        .set_enabled(by, &all, true)
        .await
        .expect("the vehicles exist");
    assert_eq!(enabled, found(registry, &all).await);
    for (before, after) in fleet.iter().zip(&enabled) {
        let raised = if before.is_enabled {
            before.version
        } else {
            before.version.next()
        };
        assert_eq!(
            (after.id, after.is_enabled, after.version),
            (before.id, true, raised)
        );
        assert!(after.updated_at >= before.updated_at);
    }
    let again = vehicles
        .set_enabled(by, &all, true)
        .await
        .expect("the vehicles exist");
    assert_eq!(again, enabled);
    let disabled = vehicles
        .set_enabled(by, &all[1..], false)
        .await
        .expect("the vehicles exist");
    assert!(disabled.iter().all(|vehicle| !vehicle.is_enabled));
    assert_eq!(
        vehicles
            .set_enabled(by, &[], true)
            .await
            .expect("the call succeeds without effect"),
        []
    );
    let written = entries(registry, &AuditFilter::default()).await;
    let of = |action| written.iter().filter(|entry| entry.action == action).count();
    // One vehicle was already enabled at its registration.
    assert_eq!(
        (of(AuditAction::EnableVehicle), of(AuditAction::DisableVehicle)),
        (3, 2)
    );
}

/// Checks that the grants of the vehicles are deleted with them.
pub async fn several_vehicles_are_deleted_at_once(registry: &dyn Registry) {
    let fleet = a_fleet(registry).await;
    let all = ids(&fleet);
    let (vehicles, by) = (registry.vehicles(), an_administrator());
    let user = a_user().register(registry.users()).await;
    let granted = registry
        .grants()
        .create(by, user.id, GrantTerms::to_view(GrantTarget::Vehicle(all[1])))
        .await;
    let granted = granted.expect("it is granted");
    let deleted = vehicles
        .delete_all(by, &all[..2])
        .await
        .expect("the vehicles exist");
    assert_eq!(ids(&deleted), all[..2]);
    for (before, after) in fleet.iter().zip(&deleted) {
        assert_eq!(after.version, before.version.next());
        assert!(after.deleted_at.is_some() && after.group_ids.is_empty());
    }
    assert_eq!(found(registry, &all).await, fleet[2..]);
    let grant = registry.grants().find_by_id(&EVERYTHING, granted.id).await;
    assert_eq!(grant.expect("the registry answers"), None);
    // Their names are free again.
    a_vehicle().named(fleet[0].name.as_str()).register(vehicles).await;
    assert_eq!(
        vehicles
            .delete_all(by, &[])
            .await
            .expect("the call succeeds without effect"),
        []
    );
}

/// Checks that the error names the vehicle that does not exist or is out of scope.
pub async fn several_vehicles_are_changed_all_or_none(registry: &dyn Registry) {
    let fleet = a_fleet(registry).await;
    let all = ids(&fleet);
    let (vehicles, by) = (registry.vehicles(), an_administrator());
    let unknown = no_vehicle();
    let with_unknown = [all[0], unknown, all[2]];
    check_missing(vehicles.set_enabled(by, &with_unknown, true).await, unknown);
    check_missing(vehicles.delete_all(by, &with_unknown).await, unknown);
    let theirs = an_organization(registry).await;
    let foreign = a_vehicle().of(theirs).register(vehicles).await;
    let ours = within(&AccessScope::of_organization(OrganizationId::DEFAULT));
    let with_foreign = [all[0], foreign.id];
    check_missing(vehicles.set_enabled(&ours, &with_foreign, true).await, foreign.id);
    check_missing(vehicles.delete_all(&ours, &with_foreign).await, foreign.id);
    assert_eq!(found(registry, &all).await, fleet);
}

/// Changes two lists of the same vehicles, in opposite orders, at the same time.
pub async fn overlapping_lists_are_changed_without_deadlock(registry: &dyn Registry) {
    let fleet = a_fleet(registry).await;
    let forwards = ids(&fleet);
    let backwards: Vec<_> = forwards.iter().rev().copied().collect();
    let (vehicles, by) = (registry.vehicles(), an_administrator());
    for _ in 0..10 {
        let (on, off) = futures::join!(
            vehicles.set_enabled(by, &forwards, true),
            vehicles.set_enabled(by, &backwards, false),
        );
        assert!(on.is_ok() && off.is_ok(), "{on:?} {off:?}");
    }
}

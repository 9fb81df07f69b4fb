use application::{Error, ports::AuditFilter};
use domain::{
    AccessScope, AuditAction, GrantTarget, GrantTerms, OrganizationId, VehicleId, vehicle::Vehicle,
};
use test_builders::{a_user, a_vehicle};

use super::Registry;
use crate::{
    people::entries,
    registry::{EVERYTHING, an_administrator, an_organization, ids, nobody, within},
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

/// Those that are so already stay as they are.
pub async fn several_vehicles_are_enabled_and_disabled_at_once(registry: &dyn Registry) {
    let fleet = a_fleet(registry).await;
    let all = ids(&fleet);
    let (vehicles, by) = (registry.vehicles(), an_administrator());
    let enabled = vehicles
        .set_enabled(by, &all, true)
        .await
        .expect("they are there");
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
        .expect("they are there");
    assert_eq!(again, enabled);
    let disabled = vehicles
        .set_enabled(by, &all[1..], false)
        .await
        .expect("they are there");
    assert!(disabled.iter().all(|vehicle| !vehicle.is_enabled));
    assert_eq!(
        vehicles.set_enabled(by, &[], true).await.expect("nothing to do"),
        []
    );
    let written = entries(registry, &AuditFilter::default()).await;
    let of = |action| written.iter().filter(|entry| entry.action == action).count();
    // One was enabled when it was registered.
    assert_eq!(
        (of(AuditAction::EnableVehicle), of(AuditAction::DisableVehicle)),
        (3, 2)
    );
}

/// Grants of them go with them.
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
    let deleted = vehicles.delete_all(by, &all[..2]).await.expect("they are there");
    assert_eq!(ids(&deleted), all[..2]);
    for (before, after) in fleet.iter().zip(&deleted) {
        assert_eq!(after.version, before.version.next());
        assert!(after.deleted_at.is_some() && after.group_ids.is_empty());
    }
    assert_eq!(found(registry, &all).await, fleet[2..]);
    let grant = registry.grants().find_by_id(&EVERYTHING, granted.id).await;
    assert_eq!(grant.expect("an answer"), None);
    // Their names are free again.
    a_vehicle().named(fleet[0].name.as_str()).register(vehicles).await;
    assert_eq!(vehicles.delete_all(by, &[]).await.expect("nothing to do"), []);
}

/// One that is not there, or not for the caller, is named.
pub async fn of_several_vehicles_all_are_changed_or_none(registry: &dyn Registry) {
    let fleet = a_fleet(registry).await;
    let all = ids(&fleet);
    let (vehicles, by) = (registry.vehicles(), an_administrator());
    let nobody = nobody();
    let with_nobody = [all[0], nobody, all[2]];
    check_missing(vehicles.set_enabled(by, &with_nobody, true).await, nobody);
    check_missing(vehicles.delete_all(by, &with_nobody).await, nobody);
    let theirs = an_organization(registry).await;
    let foreign = a_vehicle().of(theirs).register(vehicles).await;
    let ours = within(&AccessScope::of_organization(OrganizationId::DEFAULT));
    let with_foreign = [all[0], foreign.id];
    check_missing(vehicles.set_enabled(&ours, &with_foreign, true).await, foreign.id);
    check_missing(vehicles.delete_all(&ours, &with_foreign).await, foreign.id);
    assert_eq!(found(registry, &all).await, fleet);
}

/// Two lists in another order do not wait for each other in a circle.
pub async fn lists_that_overlap_are_changed_one_after_the_other(registry: &dyn Registry) {
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

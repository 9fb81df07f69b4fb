use application::paging::PageRequest;
use domain::AccessScope;
use test_builders::a_vehicle;

use super::Registry;
use crate::registry::{
    a_group, an_administrator, an_organization, check_missing, check_not_found, group_name, read, scope,
    within,
};

async fn check_sees(registry: &dyn Registry, scope: &AccessScope, expected: &[domain::Group]) {
    let groups = registry.groups();
    let page = groups
        .find_all(scope, None, &PageRequest::start())
        .await
        .expect("a page");
    assert_eq!(page.items, expected);
    assert_eq!(
        groups.count(scope, None).await.expect("a number"),
        expected.len() as u64
    );
    for group in expected {
        let found = groups
            .find_by_id(scope, group.id)
            .await
            .expect("the registry answers");
        assert_eq!(found.as_ref(), Some(group));
    }
}

/// Checks that a group out of scope can neither be read nor changed.
pub async fn a_group_out_of_scope_does_not_exist(registry: &dyn Registry) {
    let groups = registry.groups();
    let (ours, theirs) = (an_organization(registry).await, an_organization(registry).await);
    let (own, foreign) = (a_group(registry, ours).await, a_group(registry, theirs).await);
    let vehicle = a_vehicle().of(theirs).register(registry.vehicles()).await;
    // The vehicle is in scope, but no group of its organisation is.
    let scope = scope(&[ours], &[vehicle.id]);

    check_sees(registry, &scope, std::slice::from_ref(&own)).await;
    let page = groups.find_all(&scope, Some(theirs), &PageRequest::start()).await;
    assert_eq!(page.expect("a page").items, []);
    assert_eq!(groups.count(&scope, Some(theirs)).await.expect("a number"), 0);
    let found = groups.find_by_ids(&scope, &[foreign.id, own.id]).await;
    assert_eq!(found.expect("a list"), [own]);
    check_missing(
        "group",
        groups.rename(&within(&scope), foreign.id, group_name("a")).await,
    );
    check_missing("group", groups.delete(&within(&scope), foreign.id).await);
    check_missing(
        "group",
        groups.add_vehicle(&within(&scope), foreign.id, vehicle.id).await,
    );
    check_missing(
        "group",
        groups
            .remove_vehicle(&within(&scope), foreign.id, vehicle.id)
            .await,
    );
    check_sees(registry, &self::scope(&[theirs], &[]), &[foreign]).await;
    assert_eq!(read(registry.vehicles(), vehicle.id).await, vehicle);
}

/// Checks that other groups of the organisation are not visible.
pub async fn a_scope_of_groups_contains_only_these(registry: &dyn Registry) {
    let organization = an_organization(registry).await;
    let granted = a_group(registry, organization).await;
    let other = a_group(registry, organization).await;
    let scope = AccessScope::of_groups([granted.id]);
    check_sees(registry, &scope, std::slice::from_ref(&granted)).await;
    let groups = registry.groups();
    check_missing(
        "group",
        groups.rename(&within(&scope), other.id, group_name("a")).await,
    );
}

/// Reads with a scope of an individual vehicle, and with the empty scope.
pub async fn a_scope_of_individual_vehicles_has_no_groups(registry: &dyn Registry) {
    let organization = an_organization(registry).await;
    let group = a_group(registry, organization).await.id;
    let vehicle = a_vehicle().of(organization).in_group(group);
    let vehicle = vehicle
        .register_in_groups(registry.vehicles(), registry.groups())
        .await;
    check_sees(registry, &scope(&[], &[vehicle.id]), &[]).await;
    check_sees(registry, &scope(&[], &[]), &[]).await;
}

/// Checks that the vehicle cannot be added or removed, even if the group is in scope.
pub async fn a_vehicle_out_of_scope_cannot_be_added_or_removed(registry: &dyn Registry) {
    let groups = registry.groups();
    let (ours, theirs) = (an_organization(registry).await, an_organization(registry).await);
    let group = a_group(registry, ours).await.id;
    let foreign = a_vehicle().of(theirs).register(registry.vehicles()).await;
    let own = a_vehicle().of(ours).register(registry.vehicles()).await;
    let scope = scope(&[ours], &[]);
    check_not_found(groups.add_vehicle(&within(&scope), group, foreign.id).await);
    check_not_found(groups.remove_vehicle(&within(&scope), group, foreign.id).await);
    let added = groups
        .add_vehicle(&within(&scope), group, own.id)
        .await
        .expect("both are in scope");
    let removed = groups
        .remove_vehicle(&within(&scope), group, own.id)
        .await
        .expect("both are in scope");
    assert_eq!(
        (added.version.next(), removed.group_ids.len()),
        (removed.version, 0)
    );
    let left = groups.delete(an_administrator(), group).await;
    assert_eq!(left.expect("it is deleted"), []);
}

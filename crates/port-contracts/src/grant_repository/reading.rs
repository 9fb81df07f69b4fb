use domain::{AccessScope, Grant, GrantId, GrantTarget, OrganizationId, UserId};
use test_builders::{a_user, a_vehicle};
use uuid::Uuid;

use super::{Registry, grant};
use crate::{
    pages,
    people::no_user,
    registry::{EVERYTHING, a_group, an_administrator, an_organization, check_missing, scope, within},
};

/// Checks that an unknown grant can neither be read nor withdrawn.
pub async fn an_unknown_grant_is_not_found(registry: &dyn Registry) {
    let grants = registry.grants();
    let nothing = GrantId::from_uuid(Uuid::now_v7());
    let found = grants.find_by_id(&EVERYTHING, nothing).await;
    assert_eq!(found.expect("the registry answers"), None);
    check_missing("grant", grants.delete(an_administrator(), nothing).await);
    assert_eq!(walk(registry, &EVERYTHING, Some(no_user()), 1).await, []);
}

async fn walk(registry: &dyn Registry, scope: &AccessScope, user: Option<UserId>, first: u32) -> Vec<Grant> {
    let find = async |request| {
        let page = registry.grants().find_all(scope, user, &request).await;
        page.expect("a page")
    };
    pages::walk(first, |grant: &Grant| grant.id, find).await
}

/// Checks the list (in pages of several sizes), the count, and the reading of each grant.
async fn check_sees(registry: &dyn Registry, scope: &AccessScope, user: Option<UserId>, expected: &[&Grant]) {
    for first in [1, 2, 3, 50] {
        let seen = walk(registry, scope, user, first).await;
        assert_eq!(seen.iter().collect::<Vec<_>>(), expected, "in pages of {first}");
    }
    let count = registry.grants().count(scope, user).await;
    assert_eq!(count.expect("a number"), expected.len() as u64);
    for grant in expected {
        let found = registry.grants().find_by_id(scope, grant.id).await;
        assert_eq!(found.expect("the registry answers").as_ref(), Some(*grant));
    }
}

/// Checks that the grants of one user, or of all, are listed in order of creation, without gaps or repetition.
pub async fn grants_are_listed_in_pages(registry: &dyn Registry) {
    check_sees(registry, &EVERYTHING, None, &[]).await;
    let one = a_user().register(registry.users()).await.id;
    let other = a_user()
        .of(OrganizationId::DEFAULT)
        .register(registry.users())
        .await
        .id;
    let mut made = Vec::new();
    for _ in 0..3 {
        for user in [one, other] {
            let group = a_group(registry, OrganizationId::DEFAULT).await.id;
            made.push(grant(registry, user, GrantTarget::Group(group)).await);
        }
    }
    let all: Vec<&Grant> = made.iter().collect();
    check_sees(registry, &EVERYTHING, None, &all).await;
    for user in [one, other] {
        let its: Vec<&Grant> = made.iter().filter(|grant| grant.user_id == user).collect();
        check_sees(registry, &EVERYTHING, Some(user), &its).await;
    }
}

/// Checks that visibility depends on the target's organisation, not on the user's. Administrators of other
/// organisations can neither read nor withdraw the grant.
pub async fn a_grant_is_visible_to_administrators_of_its_target(registry: &dyn Registry) {
    let (users, grants) = (registry.users(), registry.grants());
    let (ours, theirs) = (an_organization(registry).await, an_organization(registry).await);
    let own = a_user().of(ours).register(users).await.id;
    let foreign = a_user().of(theirs).register(users).await.id;
    let unassigned = a_user().register(users).await.id;
    let group = a_group(registry, ours).await.id;
    let vehicle = a_vehicle().of(theirs).register(registry.vehicles()).await.id;
    let own_ours = grant(registry, own, GrantTarget::Group(group)).await;
    let own_theirs = grant(registry, own, GrantTarget::Vehicle(vehicle)).await;
    let foreign_ours = grant(registry, foreign, GrantTarget::Organization(ours)).await;
    let unassigned_grant = grant(registry, unassigned, GrantTarget::Organization(ours)).await;
    let own_all = grant(registry, own, GrantTarget::Organization(ours)).await;

    let us = scope(&[ours], &[]);
    let of_ours = [&own_ours, &foreign_ours, &unassigned_grant, &own_all];
    check_sees(registry, &us, None, &of_ours).await;
    check_sees(registry, &us, Some(own), &[&own_ours, &own_all]).await;
    check_sees(registry, &us, Some(foreign), &[&foreign_ours]).await;
    check_sees(registry, &scope(&[theirs], &[]), None, &[&own_theirs]).await;
    check_sees(registry, &scope(&[], &[vehicle]), None, &[]).await;
    check_sees(registry, &AccessScope::of_groups([group]), None, &[]).await;
    let all = [&own_ours, &own_theirs, &foreign_ours, &unassigned_grant, &own_all];
    check_sees(registry, &scope(&[ours, theirs], &[]), None, &all).await;
    check_sees(registry, &EVERYTHING, None, &all).await;

    let by = within(&us);
    let found = grants.find_by_id(&us, own_theirs.id).await;
    assert_eq!(found.expect("the registry answers"), None);
    check_missing("grant", grants.delete(&by, own_theirs.id).await);
    check_sees(registry, &EVERYTHING, None, &all).await;
    for its in of_ours {
        let withdrawn = grants.delete(&by, its.id).await;
        assert_eq!(withdrawn.expect("it is in scope"), *its);
    }
}

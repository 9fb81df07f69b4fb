use application::paging::PageRequest;
use domain::{AccessScope, Organization, OrganizationId};
use futures::future::join;
use test_builders::a_vehicle;

use super::Registry;
use crate::{
    pages,
    registry::{
        EVERYTHING, an_administrator, an_organization, check_missing, check_name_conflict, check_since,
        no_organization, now, organization_name, scope, within,
    },
};

async fn find(registry: &dyn Registry, scope: &AccessScope, id: OrganizationId) -> Option<Organization> {
    registry
        .organizations()
        .find_by_id(scope, id)
        .await
        .expect("the registry answers")
}

/// Checks that the default organisation is the only one.
pub async fn the_default_organization_exists_initially(registry: &dyn Registry) {
    let page = registry
        .organizations()
        .find_all(&EVERYTHING, &PageRequest::start())
        .await;
    let page = page.expect("a page");
    let ids: Vec<OrganizationId> = page.items.iter().map(|organization| organization.id).collect();
    assert_eq!((ids, page.has_more), (vec![OrganizationId::DEFAULT], false));
    assert_eq!(page.items[0].name, organization_name("Default"));
    assert_eq!(page.items[0].created_at, page.items[0].updated_at);
}

/// Checks that a new organisation has a new id, and neither vehicles nor groups.
pub async fn a_new_organization_is_empty(registry: &dyn Registry) {
    let began = now();
    let made = registry
        .organizations()
        .create(an_administrator(), organization_name("Nord & Süd"))
        .await;
    let made = made.expect("it is created");
    let expected = Organization {
        name: organization_name("Nord & Süd"),
        updated_at: made.created_at,
        ..made.clone()
    };
    assert_eq!(made, expected);
    check_since(began, made.created_at);
    assert_eq!(made.id.as_uuid().get_version_num(), 7);
    assert_eq!(find(registry, &EVERYTHING, made.id).await, Some(made.clone()));
    let groups = registry.groups().count(&EVERYTHING, Some(made.id)).await;
    assert_eq!(groups.expect("a number"), 0);
    assert_eq!(find(registry, &EVERYTHING, no_organization()).await, None);
}

/// Checks that names are unique and case-sensitive.
pub async fn an_organization_name_is_unique(registry: &dyn Registry) {
    let organizations = registry.organizations();
    check_name_conflict(
        organizations
            .create(an_administrator(), organization_name("Default"))
            .await,
    );
    organizations
        .create(an_administrator(), organization_name("default"))
        .await
        .expect("the names differ");
    check_name_conflict(
        organizations
            .create(an_administrator(), organization_name("default"))
            .await,
    );
}

pub async fn of_two_concurrent_organizations_of_one_name_one_is_created(registry: &dyn Registry) {
    for name in ["A", "B", "C", "D"] {
        let create = || {
            registry
                .organizations()
                .create(an_administrator(), organization_name(name))
        };
        let (one, other) = join(create(), create()).await;
        let (winner, loser) = if one.is_ok() { (one, other) } else { (other, one) };
        winner.expect("one of the two is created");
        check_name_conflict(loser);
    }
}

/// Checks that only the name and the time of change differ, and that renaming to the same name changes nothing.
pub async fn an_organization_can_be_renamed(registry: &dyn Registry) {
    let organizations = registry.organizations();
    let made = organizations
        .create(an_administrator(), organization_name("Old"))
        .await
        .expect("it is created");
    let same = organizations
        .rename(an_administrator(), made.id, organization_name("Old"))
        .await;
    assert_eq!(same.expect("the registry answers"), made);

    let began = now();
    let renamed = organizations
        .rename(an_administrator(), made.id, organization_name("New"))
        .await;
    let renamed = renamed.expect("it is renamed");
    let expected = Organization {
        name: organization_name("New"),
        updated_at: renamed.updated_at,
        ..made
    };
    assert_eq!(renamed, expected);
    check_since(began, renamed.updated_at);
    assert_eq!(find(registry, &EVERYTHING, renamed.id).await, Some(renamed));
    organizations
        .create(an_administrator(), organization_name("Old"))
        .await
        .expect("the name is free again");
    let outcome = organizations
        .rename(an_administrator(), no_organization(), organization_name("a"))
        .await;
    check_missing("organisation", outcome);
}

pub async fn an_organization_name_that_is_taken_is_refused(registry: &dyn Registry) {
    let id = an_organization(registry).await;
    let before = find(registry, &EVERYTHING, id).await;
    let outcome = registry
        .organizations()
        .rename(an_administrator(), id, organization_name("Default"))
        .await;
    check_name_conflict(outcome);
    assert_eq!(find(registry, &EVERYTHING, id).await, before);
}

/// Checks that organisations are listed in order of creation, without gaps or repetition.
pub async fn organizations_are_listed_in_pages(registry: &dyn Registry) {
    let mut expected = vec![OrganizationId::DEFAULT];
    for _ in 0..4 {
        expected.push(an_organization(registry).await);
    }
    for first in 1..=6 {
        let find = async |request| {
            let page = registry.organizations().find_all(&EVERYTHING, &request).await;
            page.expect("a page").map(|organization| organization.id)
        };
        let seen = pages::walk(first, |id| *id, find).await;
        assert_eq!(seen, expected, "in pages of {first}");
    }
    let count = registry.organizations().count(&EVERYTHING).await;
    assert_eq!(count.expect("a number"), 5);
}

/// Checks that the organisation can neither be read nor changed, and that a scope of individual vehicles contains none.
pub async fn an_organization_out_of_scope_does_not_exist(registry: &dyn Registry) {
    let organizations = registry.organizations();
    let (ours, theirs) = (an_organization(registry).await, an_organization(registry).await);
    let lent = a_vehicle().of(theirs).register(registry.vehicles()).await.id;
    for (scope, expected) in [
        (scope(&[ours], &[lent]), vec![ours]),
        (scope(&[], &[lent]), vec![]),
    ] {
        let page = organizations
            .find_all(&scope, &PageRequest::start())
            .await
            .expect("a page");
        let seen: Vec<OrganizationId> = page.items.iter().map(|organization| organization.id).collect();
        assert_eq!(seen, expected);
        let count = organizations.count(&scope).await.expect("a number");
        assert_eq!(count, expected.len() as u64);
        assert_eq!(find(registry, &scope, theirs).await, None);
        let renamed = organizations
            .rename(&within(&scope), theirs, organization_name("a"))
            .await;
        check_missing("organisation", renamed);
        check_missing(
            "organisation",
            organizations.delete(&within(&scope), theirs).await,
        );
    }
    let scope = scope(&[ours], &[]);
    assert!(find(registry, &scope, ours).await.is_some());
    let renamed = organizations
        .rename(&within(&scope), ours, organization_name("Ours"))
        .await;
    renamed.expect("it is in scope");
    organizations
        .delete(&within(&scope), ours)
        .await
        .expect("it is in scope");
}

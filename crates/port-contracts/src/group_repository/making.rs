use domain::{Group, OrganizationId};
use futures::future::join;

use super::Registry;
use crate::registry::{
    EVERYTHING, a_group, an_administrator, an_organization, check_missing, check_name_conflict, check_since,
    group_name, no_organization, now,
};

async fn read(registry: &dyn Registry, group: &Group) -> Group {
    let found = registry.groups().find_by_id(&EVERYTHING, group.id).await;
    found.expect("the registry answers").expect("it exists")
}

/// Checks that a new group has a new id and no vehicles.
pub async fn a_new_group_is_empty(registry: &dyn Registry) {
    let organization_id = an_organization(registry).await;
    let began = now();
    let made = registry
        .groups()
        .create(an_administrator(), organization_id, group_name("Hall A"))
        .await;
    let made = made.expect("it is created");
    let expected = Group {
        organization_id,
        name: group_name("Hall A"),
        updated_at: made.created_at,
        ..made.clone()
    };
    assert_eq!(made, expected);
    check_since(began, made.created_at);
    assert_eq!(made.id.as_uuid().get_version_num(), 7);
    assert_eq!(read(registry, &made).await, made);
    let members = registry.groups().delete(an_administrator(), made.id).await;
    assert_eq!(members.expect("it is deleted"), []);
}

pub async fn a_group_needs_an_organization_that_exists(registry: &dyn Registry) {
    let outcome = registry
        .groups()
        .create(an_administrator(), no_organization(), group_name("Hall A"))
        .await;
    check_missing("organisation", outcome);
}

/// Checks that another organisation may have a group of the same name.
pub async fn a_group_name_is_unique_in_its_organization(registry: &dyn Registry) {
    let groups = registry.groups();
    let other = an_organization(registry).await;
    for organization in [OrganizationId::DEFAULT, other] {
        let made = groups
            .create(an_administrator(), organization, group_name("Hall A"))
            .await;
        made.expect("the name is free in that organisation");
        check_name_conflict(
            groups
                .create(an_administrator(), organization, group_name("Hall A"))
                .await,
        );
    }
    let made = groups
        .create(an_administrator(), other, group_name("hall A"))
        .await;
    made.expect("the names differ");
}

pub async fn of_two_concurrent_groups_of_one_name_one_is_created(registry: &dyn Registry) {
    for name in ["A", "B", "C", "D"] {
        let create = || {
            registry
                .groups()
                .create(an_administrator(), OrganizationId::DEFAULT, group_name(name))
        };
        let (one, other) = join(create(), create()).await;
        let (winner, loser) = if one.is_ok() { (one, other) } else { (other, one) };
        winner.expect("one of the two is created");
        check_name_conflict(loser);
    }
}

/// Checks that only the name changes.
pub async fn a_group_can_be_renamed(registry: &dyn Registry) {
    let group = a_group(registry, OrganizationId::DEFAULT).await;
    let began = now();
    let renamed = registry
        .groups()
        .rename(an_administrator(), group.id, group_name("O'Hare %"))
        .await
        .expect("it is renamed");
    let expected = Group {
        name: group_name("O'Hare %"),
        updated_at: renamed.updated_at,
        ..group
    };
    assert_eq!(renamed, expected);
    check_since(began, renamed.updated_at);
    assert_eq!(read(registry, &renamed).await, renamed);
}

/// Checks that not even the time of the last change is updated.
pub async fn renaming_to_the_same_name_changes_nothing(registry: &dyn Registry) {
    let group = a_group(registry, OrganizationId::DEFAULT).await;
    let same = registry
        .groups()
        .rename(an_administrator(), group.id, group.name.clone())
        .await;
    assert_eq!(same.expect("the registry answers"), group);
    assert_eq!(read(registry, &group).await, group);
}

/// Tries to rename a group to the name of another group in its organisation.
pub async fn a_group_name_that_is_taken_is_refused(registry: &dyn Registry) {
    let [taken, group] = [(); 2].map(|()| a_group(registry, OrganizationId::DEFAULT));
    let (taken, group) = (taken.await, group.await);
    let outcome = registry
        .groups()
        .rename(an_administrator(), group.id, taken.name)
        .await;
    check_name_conflict(outcome);
    assert_eq!(read(registry, &group).await, group);
}

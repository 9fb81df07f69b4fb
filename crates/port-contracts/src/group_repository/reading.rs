use application::ports::GroupRepository;
use domain::{Group, OrganizationId};
use test_builders::a_vehicle;

use super::Registry;
use crate::{
    pages,
    registry::{EVERYTHING, a_group, an_administrator, an_organization, check_missing, group_name, no_group},
};

/// Checks that an unknown group can neither be read nor changed.
pub async fn an_unknown_group_is_not_found(registry: &dyn Registry) {
    let groups = registry.groups();
    let vehicle = a_vehicle().register(registry.vehicles()).await.id;
    let found = groups.find_by_id(&EVERYTHING, no_group()).await;
    assert_eq!(found.expect("the registry answers"), None);
    check_missing(
        "group",
        groups
            .rename(an_administrator(), no_group(), group_name("a"))
            .await,
    );
    check_missing("group", groups.delete(an_administrator(), no_group()).await);
    check_missing(
        "group",
        groups.add_vehicle(an_administrator(), no_group(), vehicle).await,
    );
    check_missing(
        "group",
        groups
            .remove_vehicle(an_administrator(), no_group(), vehicle)
            .await,
    );
}

/// Checks that each group is returned once, and that unknown ids are ignored.
pub async fn several_groups_are_read_at_once(registry: &dyn Registry) {
    let mut expected = Vec::new();
    for _ in 0..3 {
        expected.push(a_group(registry, OrganizationId::DEFAULT).await);
    }
    a_group(registry, OrganizationId::DEFAULT).await;
    let [a, b, c] = [0, 1, 2].map(|index: usize| expected[index].id);
    let found = registry
        .groups()
        .find_by_ids(&EVERYTHING, &[c, a, no_group(), b, a])
        .await;
    let mut found = found.expect("a list");
    found.sort_by_key(|group| group.id);
    assert_eq!(found, expected);
    let nothing = registry.groups().find_by_ids(&EVERYTHING, &[]).await;
    assert_eq!(nothing.expect("a list"), []);
}

async fn walk(groups: &dyn GroupRepository, organization: Option<OrganizationId>, first: u32) -> Vec<Group> {
    let find = async |request| {
        let page = groups.find_all(&EVERYTHING, organization, &request).await;
        page.expect("a page")
    };
    pages::walk(first, |group: &Group| group.id, find).await
}

/// Checks that groups are listed in order of creation, without gaps or repetition.
pub async fn groups_are_listed_in_pages(registry: &dyn Registry) {
    let groups = registry.groups();
    assert_eq!(walk(groups, None, 1).await, []);
    let other = an_organization(registry).await;
    let mut expected = Vec::new();
    for organization in [
        OrganizationId::DEFAULT,
        other,
        OrganizationId::DEFAULT,
        other,
        other,
    ] {
        expected.push(a_group(registry, organization).await);
    }
    for first in 1..=6 {
        assert_eq!(walk(groups, None, first).await, expected, "in pages of {first}");
    }
    assert_eq!(groups.count(&EVERYTHING, None).await.expect("a number"), 5);
}

pub async fn groups_of_one_organization_are_listed(registry: &dyn Registry) {
    let groups = registry.groups();
    let (one, other, without) = (
        an_organization(registry).await,
        an_organization(registry).await,
        an_organization(registry).await,
    );
    let mut expected = Vec::new();
    for _ in 0..3 {
        expected.push(a_group(registry, one).await);
        a_group(registry, other).await;
    }
    for first in 1..=4 {
        assert_eq!(walk(groups, Some(one), first).await, expected);
    }
    assert_eq!(groups.count(&EVERYTHING, Some(one)).await.expect("a number"), 3);
    assert_eq!(walk(groups, Some(without), 1).await, []);
    assert_eq!(
        groups.count(&EVERYTHING, Some(without)).await.expect("a number"),
        0
    );
}

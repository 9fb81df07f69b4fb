use std::collections::BTreeSet;

use domain::{OrganizationId, vehicle::Vehicle};
use test_builders::a_vehicle;

use super::Registry;
use crate::registry::{
    EVERYTHING, a_group, an_administrator, check_missing, check_since, group_name, no_group, now, read,
};

/// Checks that each vehicle is changed, and remains in its other groups.
pub async fn deleting_a_group_removes_its_vehicles_from_it(registry: &dyn Registry) {
    let (vehicles, groups) = (registry.vehicles(), registry.groups());
    let [gone, stays] = [(); 2].map(|()| a_group(registry, OrganizationId::DEFAULT));
    let (gone, stays) = (gone.await, stays.await);
    let mut members = Vec::new();
    for _ in 0..5 {
        let vehicle = a_vehicle().in_group(gone.id).in_group(stays.id);
        members.push(vehicle.register_in_groups(vehicles, groups).await);
    }
    let other = a_vehicle()
        .in_group(stays.id)
        .register_in_groups(vehicles, groups)
        .await;

    let began = now();
    let mut left = groups
        .delete(an_administrator(), gone.id)
        .await
        .expect("it is deleted");
    left.sort_by_key(|vehicle| vehicle.id);
    assert_eq!(left.len(), members.len());
    for (before, after) in members.iter().zip(&left) {
        let expected = Vehicle {
            group_ids: BTreeSet::from([stays.id]),
            version: before.version.next(),
            updated_at: after.updated_at,
            ..before.clone()
        };
        assert_eq!(after, &expected);
        check_since(began, after.updated_at);
        assert_eq!(&read(vehicles, after.id).await, after);
    }
    assert_eq!(read(vehicles, other.id).await, other);

    let found = groups.find_by_id(&EVERYTHING, gone.id).await;
    assert_eq!(found.expect("the registry answers"), None);
    assert_eq!(groups.count(&EVERYTHING, None).await.expect("a number"), 1);
    check_missing("group", groups.delete(an_administrator(), gone.id).await);
    check_missing(
        "group",
        groups.rename(an_administrator(), gone.id, group_name("a")).await,
    );
    check_missing(
        "group",
        groups.add_vehicle(an_administrator(), gone.id, other.id).await,
    );
    check_missing(
        "group",
        groups
            .remove_vehicle(an_administrator(), no_group(), other.id)
            .await,
    );
}

/// Checks that the name becomes free each time.
pub async fn a_group_name_is_free_again_after_its_group_was_deleted(registry: &dyn Registry) {
    for _ in 0..3 {
        let made = registry
            .groups()
            .create(an_administrator(), OrganizationId::DEFAULT, group_name("Hall A"))
            .await;
        let id = made.expect("the name is free").id;
        registry
            .groups()
            .delete(an_administrator(), id)
            .await
            .expect("it is deleted");
    }
}

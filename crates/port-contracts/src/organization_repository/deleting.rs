use application::{
    Error,
    ports::{Mode, Registration},
};
use domain::OrganizationId;
use futures::future::join;
use test_builders::a_vehicle;

use super::Registry;
use crate::registry::{
    EVERYTHING, a_group, an_administrator, an_organization, check_conflict, check_missing, no_organization,
    organization_name,
};

async fn is_there(registry: &dyn Registry, id: OrganizationId) -> bool {
    let found = registry.organizations().find_by_id(&EVERYTHING, id).await;
    found.expect("the registry answers").is_some()
}

/// Checks that an empty organisation can be deleted once, and that its name is free afterwards.
pub async fn an_empty_organization_can_be_deleted(registry: &dyn Registry) {
    let organizations = registry.organizations();
    for _ in 0..2 {
        let made = organizations
            .create(an_administrator(), organization_name("Short-lived"))
            .await;
        let id = made.expect("the name is free").id;
        organizations
            .delete(an_administrator(), id)
            .await
            .expect("it is deleted");
        assert!(!is_there(registry, id).await);
        check_missing("organisation", organizations.delete(an_administrator(), id).await);
        let outcome = registry
            .vehicles()
            .create(an_administrator(), id, a_vehicle().draft())
            .await;
        check_missing("organisation", outcome);
    }
    check_missing(
        "organisation",
        organizations.delete(an_administrator(), no_organization()).await,
    );
}

pub async fn the_default_organization_cannot_be_deleted(registry: &dyn Registry) {
    let outcome = registry
        .organizations()
        .delete(an_administrator(), OrganizationId::DEFAULT)
        .await;
    check_conflict("id", outcome);
    assert!(is_there(registry, OrganizationId::DEFAULT).await);
}

pub async fn an_organization_with_vehicles_cannot_be_deleted(registry: &dyn Registry) {
    let organizations = registry.organizations();
    let id = an_organization(registry).await;
    let vehicle = a_vehicle().of(id).register(registry.vehicles()).await.id;
    check_conflict("id", organizations.delete(an_administrator(), id).await);
    assert!(is_there(registry, id).await);
    registry
        .vehicles()
        .delete(an_administrator(), vehicle, None)
        .await
        .expect("it is deleted");
    organizations
        .delete(an_administrator(), id)
        .await
        .expect("it is deleted");
}

pub async fn an_organization_with_groups_cannot_be_deleted(registry: &dyn Registry) {
    let organizations = registry.organizations();
    let id = an_organization(registry).await;
    let group = a_group(registry, id).await.id;
    check_conflict("id", organizations.delete(an_administrator(), id).await);
    assert!(is_there(registry, id).await);
    registry
        .groups()
        .delete(an_administrator(), group)
        .await
        .expect("it is deleted");
    organizations
        .delete(an_administrator(), id)
        .await
        .expect("it is deleted");
}

/// Checks that the ids of the deleted vehicles are free again, unlike those of other organisations' deleted vehicles.
pub async fn deleted_vehicles_are_removed_with_their_organization(registry: &dyn Registry) {
    let vehicles = registry.vehicles();
    let (gone, stays) = (an_organization(registry).await, an_organization(registry).await);
    let other = an_organization(registry).await;
    let forgotten = a_vehicle().forklift().of(gone).register(vehicles).await.id;
    let kept = a_vehicle().of(other).register(vehicles).await.id;
    for id in [forgotten, kept] {
        vehicles
            .delete(an_administrator(), id, None)
            .await
            .expect("it is deleted");
    }
    let deleted = registry.organizations().delete(an_administrator(), gone).await;
    deleted.expect("it is deleted");

    let again = [forgotten, kept].map(|id| Registration {
        id: Some(id),
        ..a_vehicle().registration()
    });
    let rehearsed = vehicles
        .create_all(an_administrator(), stays, again.to_vec(), Mode::Rehearse)
        .await;
    let collisions = rehearsed
        .expect("the registry answers")
        .expect_err("one of the ids is taken");
    let places: Vec<_> = collisions
        .iter()
        .map(|collision| (collision.index, collision.field))
        .collect();
    assert_eq!(places, [(1, "id")]);
}

/// Checks that a concurrent creation either prevents the deletion or finds no organisation.
pub async fn nothing_is_created_in_an_organization_that_is_being_deleted(registry: &dyn Registry) {
    for _ in 0..10 {
        let id = an_organization(registry).await;
        let draft = a_vehicle().draft();
        let (created, deleted) = join(
            registry.vehicles().create(an_administrator(), id, draft),
            registry.organizations().delete(an_administrator(), id),
        )
        .await;
        match created {
            Ok(_) => {
                check_conflict("id", deleted);
                assert!(is_there(registry, id).await);
            }
            Err(Error::NotFound { what: "organisation" }) => {
                deleted.expect("the organisation is empty");
                assert!(!is_there(registry, id).await);
            }
            Err(other) => panic!("{other:?}"),
        }
    }
}

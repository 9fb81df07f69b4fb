//! Groups and organisations.

use application::{Actor, Error, paging::PageQuery, ports::VehicleRepository as _};
use domain::{
    AccessScope, Group, GroupName, OrganizationId, OrganizationName, Role, VehicleId, vehicle::Vehicle,
};

use crate::stage::{Stage, a, an_administrator};

impl Stage {
    async fn group(&self, name: &str) -> Group {
        self.app
            .groups
            .create(&an_administrator(), None, Ok(group_name(name)))
            .await
            .expect("it is new")
    }

    async fn stored(&self, id: VehicleId) -> Vehicle {
        let found = self.repository.find_by_id(&AccessScope::All, id).await;
        found
            .expect("the registry is available")
            .expect("the vehicle exists")
    }
}

fn group_name(name: &str) -> GroupName {
    GroupName::new(name).expect("a name")
}

fn organization_name(name: &str) -> OrganizationName {
    OrganizationName::new(name).expect("a name")
}

fn of(organization: OrganizationId) -> Actor {
    Actor {
        organization_id: Some(organization),
        operable: AccessScope::of_organization(organization).into(),
        scope: AccessScope::of_organization(organization).into(),
        ..an_administrator()
    }
}

#[tokio::test]
async fn a_vehicle_enters_and_leaves_groups() {
    let stage = Stage::new();
    let actor = an_administrator();
    let vehicle = stage.forklift("Lift 1", true).await;
    let (hall, night) = (stage.group("Hall 1").await, stage.group("Night shift").await);
    for group in [&hall, &night, &hall] {
        stage
            .app
            .groups
            .add_vehicle(&actor, group.id, vehicle.id)
            .await
            .expect("both exist");
    }
    let member = stage.stored(vehicle.id).await;
    assert_eq!(member.group_ids, [hall.id, night.id].into());
    assert_eq!(
        member.version,
        vehicle.version.next().next(),
        "the third time is no change"
    );

    stage
        .app
        .groups
        .remove_vehicle(&actor, hall.id, vehicle.id)
        .await
        .expect("the vehicle is in the group");
    let again = stage.app.groups.remove_vehicle(&actor, hall.id, vehicle.id).await;
    assert!(matches!(again, Err(Error::NotFound { .. })));

    stage
        .app
        .groups
        .delete(&actor, night.id)
        .await
        .expect("it exists");
    assert_eq!(stage.stored(vehicle.id).await.group_ids, [].into());
}

#[tokio::test]
async fn groups_are_created_renamed_and_listed() {
    let stage = Stage::new();
    let actor = an_administrator();
    let (one, two) = (stage.group("One").await, stage.group("Two").await);
    let again = stage.app.groups.create(&actor, None, Ok(group_name("One"))).await;
    assert!(matches!(again, Err(Error::Conflict { field: "name", .. })));
    let renamed = stage
        .app
        .groups
        .rename(&actor, one.id, Ok(group_name("Eins")))
        .await
        .expect("it exists");

    let page = |first, after: Option<&str>| PageQuery::forward(Some(first), after.map(str::to_owned));
    let first = stage
        .app
        .groups
        .list(&actor, None, &page(1, None))
        .await
        .expect("a page");
    let second = stage
        .app
        .groups
        .list(&actor, None, &page(1, first.end_cursor()))
        .await;
    assert!(first.has_next && !first.has_previous);
    assert_eq!(first.into_items(), std::slice::from_ref(&renamed));
    assert_eq!(second.expect("a page").into_items(), std::slice::from_ref(&two));
    assert_eq!(stage.app.groups.count(&actor, None).await.expect("a count"), 2);

    let both = stage
        .app
        .groups
        .get_several(&actor, &[two.id, one.id])
        .await
        .expect("a list");
    assert_eq!(both, [renamed, two]);
}

#[tokio::test]
async fn only_administrators_change_groups() {
    let stage = Stage::new();
    let group = stage.group("One").await;
    let vehicle = stage.forklift("Lift 1", true).await;
    for role in [Role::Operator, Role::Viewer] {
        let created = stage
            .app
            .groups
            .create(&a(role), None, Ok(group_name("Two")))
            .await;
        assert!(matches!(created, Err(Error::Forbidden { .. })), "{role}");
        let added = stage.app.groups.add_vehicle(&a(role), group.id, vehicle.id).await;
        assert!(matches!(added, Err(Error::Forbidden { .. })), "{role}");
    }
}

#[tokio::test]
async fn groups_of_another_organization_do_not_exist() {
    let stage = Stage::new();
    let actor = an_administrator();
    let ours = stage
        .app
        .organizations
        .create(&actor, Ok(organization_name("Ours")))
        .await
        .expect("it is new");
    let theirs = stage.group("Theirs").await;
    let us = of(ours.id);
    assert_eq!(
        stage.app.groups.get(&us, theirs.id).await.expect("an answer"),
        None
    );
    let elsewhere = stage
        .app
        .groups
        .create(&us, Some(OrganizationId::DEFAULT), Ok(group_name("x")))
        .await;
    assert!(matches!(elsewhere, Err(Error::NotFound { what: "organisation" })));
    let own = stage
        .app
        .groups
        .create(&us, None, Ok(group_name("Ours too")))
        .await
        .expect("a group of the own organisation");
    assert_eq!(own.organization_id, ours.id);

    let vehicle = stage.forklift("Lift 1", true).await;
    let mixed = stage.app.groups.add_vehicle(&actor, own.id, vehicle.id).await;
    assert!(matches!(mixed, Err(Error::Invalid(_))), "{mixed:?}");
}

#[tokio::test]
async fn only_an_empty_organization_can_be_deleted() {
    let stage = Stage::new();
    let actor = an_administrator();
    let organization = stage
        .app
        .organizations
        .create(&actor, Ok(organization_name("Plant 2")))
        .await
        .expect("it is new");
    let group = stage
        .app
        .groups
        .create(&actor, Some(organization.id), Ok(group_name("Hall")))
        .await
        .expect("it is new");
    for (id, what) in [
        (organization.id, "has groups"),
        (OrganizationId::DEFAULT, "is the default"),
    ] {
        let kept = stage.app.organizations.delete(&actor, id).await;
        assert!(matches!(kept, Err(Error::Conflict { .. })), "it {what}: {kept:?}");
    }
    stage
        .app
        .groups
        .delete(&actor, group.id)
        .await
        .expect("it exists");
    stage
        .app
        .organizations
        .delete(&actor, organization.id)
        .await
        .expect("it is empty");
    let found = stage.app.organizations.get(&actor, organization.id).await;
    assert_eq!(found.expect("an answer"), None);
}

#[tokio::test]
async fn only_global_administrators_manage_organizations() {
    let stage = Stage::new();
    let organization = stage
        .app
        .organizations
        .create(&an_administrator(), Ok(organization_name("Plant 2")))
        .await
        .expect("it is new");
    let ours = of(organization.id);
    let refused = stage
        .app
        .organizations
        .create(&ours, Ok(organization_name("Plant 3")))
        .await;
    assert!(matches!(refused, Err(Error::Forbidden { .. })));
    let refused = stage
        .app
        .organizations
        .rename(&ours, organization.id, Ok(organization_name("Plant 3")))
        .await;
    assert!(matches!(refused, Err(Error::Forbidden { .. })));
    let seen = stage
        .app
        .organizations
        .list(&ours, &PageQuery::default())
        .await
        .expect("a page");
    assert_eq!(seen.into_items(), [organization]);
    assert_eq!(
        stage
            .app
            .organizations
            .count(&an_administrator())
            .await
            .expect("a count"),
        2
    );
}

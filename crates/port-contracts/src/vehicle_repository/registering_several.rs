use application::{
    ports::{Collision, Mode, NextEvents, Registration, VehicleFilter, VehicleRepository},
    registry::{RegistryChange, Sequence},
};
use domain::{
    GrantTarget, GrantTerms, OrganizationId, VehicleId,
    vehicle::{Vehicle, VehicleStatus, VehicleType, Version},
};
use futures::future::{join, join_all};
use test_builders::{VehicleBuilder, a_user, a_vehicle, full_details};
use uuid::Uuid;

use super::{Registry, count};
use crate::{
    people::log_in,
    registry::{
        EVERYTHING, a_group, an_administrator, an_organization, check_missing, check_name_conflict,
        check_since, ids, no_organization, now, read, within,
    },
};

type Outcome = Result<Vec<Vehicle>, Vec<Collision>>;

async fn create_all(vehicles: &dyn VehicleRepository, registrations: &[Registration], mode: Mode) -> Outcome {
    vehicles
        .create_all(
            an_administrator(),
            OrganizationId::DEFAULT,
            registrations.to_vec(),
            mode,
        )
        .await
        .expect("the registry answers")
}

fn named(names: &[&str]) -> Vec<Registration> {
    names
        .iter()
        .map(|name| a_vehicle().named(name).registration())
        .collect()
}

fn with_id(id: VehicleId, vehicle: VehicleBuilder) -> Registration {
    Registration {
        id: Some(id),
        ..vehicle.registration()
    }
}

fn an_id() -> VehicleId {
    VehicleId::from_uuid(Uuid::now_v7())
}

async fn count_all(registry: &dyn Registry) -> u64 {
    count(registry.vehicles(), &VehicleFilter::default()).await
}

/// Returns the index and field of each collision.
fn places(outcome: Outcome) -> Vec<(usize, &'static str)> {
    let collisions = outcome.expect_err("they collide");
    assert!(collisions.iter().all(|collision| !collision.message.is_empty()));
    collisions
        .into_iter()
        .map(|collision| (collision.index, collision.field))
        .collect()
}

fn check_registered(vehicle: &Vehicle, organization_id: OrganizationId, registration: &Registration) {
    let draft = registration.draft.clone();
    let expected = Vehicle {
        organization_id,
        group_ids: Default::default(),
        name: draft.name,
        manufacturer: draft.manufacturer,
        model: draft.model,
        status: VehicleStatus::Idle,
        is_enabled: registration.is_enabled,
        specification: draft.specification,
        details: draft.details,
        version: Version::FIRST,
        updated_at: vehicle.created_at,
        deleted_at: None,
        ..vehicle.clone()
    };
    assert_eq!(vehicle, &expected);
    match registration.id {
        Some(id) => assert_eq!(vehicle.id, id),
        None => assert_eq!(vehicle.id.as_uuid().get_version_num(), 7),
    }
}

/// Tries to register vehicles under the ids of other entities, and under the nil and the maximum UUID.
pub async fn an_id_of_another_entity_is_rejected(registry: &dyn Registry) {
    let user = a_user().operator().register(registry.users()).await;
    let (session, _) = log_in(registry, user.id).await;
    let organization = an_organization(registry).await;
    let terms = GrantTerms::to_operate(GrantTarget::Organization(organization));
    let grant = registry.grants().create(an_administrator(), user.id, terms).await;
    let grant = grant.expect("it is granted");
    let group = a_group(registry, organization).await;
    let others = [
        OrganizationId::DEFAULT.as_uuid(),
        organization.as_uuid(),
        group.id.as_uuid(),
        user.id.as_uuid(),
        grant.id.as_uuid(),
        session.id.as_uuid(),
        &Uuid::nil(),
        &Uuid::max(),
    ];
    let registrations: Vec<_> = others
        .iter()
        .map(|id| with_id(VehicleId::from_uuid(**id), a_vehicle()))
        .collect();
    let all: Vec<_> = (0..others.len()).map(|index| (index, "id")).collect();
    for mode in [Mode::Rehearse, Mode::Apply] {
        let outcome = create_all(registry.vehicles(), &registrations, mode).await;
        assert_eq!(places(outcome), all);
    }
    assert_eq!(count_all(registry).await, 0);
}

/// Registers vehicles of every type, enabled and disabled ones, with given and new ids.
pub async fn several_vehicles_are_registered_in_their_order(registry: &dyn Registry) {
    let vehicles = registry.vehicles();
    let organization = an_organization(registry).await;
    let kinds = VehicleType::ALL.iter().map(|&kind| {
        let vehicle = a_vehicle().with_details(full_details(kind)).enabled();
        vehicle.registration()
    });
    let old_id = VehicleId::from_uuid(Uuid::from_u128(7));
    let others = [
        with_id(an_id(), a_vehicle().agv().without_model()),
        with_id(old_id, a_vehicle().enabled()),
        a_vehicle().registration(),
    ];
    let registrations: Vec<Registration> = kinds.chain(others).collect();

    let began = now();
    let created = vehicles
        .create_all(
            an_administrator(),
            organization,
            registrations.clone(),
            Mode::Apply,
        )
        .await
        .expect("the registry answers")
        .expect("they are registered");
    assert_eq!(created.len(), registrations.len());
    for (vehicle, registration) in created.iter().zip(&registrations) {
        check_registered(vehicle, organization, registration);
        check_since(began, vehicle.created_at);
        assert_eq!(&read(vehicles, vehicle.id).await, vehicle);
    }
}

/// Checks that new ids are in the order of the list.
pub async fn more_vehicles_than_one_statement_takes_are_registered(registry: &dyn Registry) {
    let vehicles = registry.vehicles();
    let registrations: Vec<Registration> = (0..2_345)
        .map(|number| match number % 3 {
            0 => a_vehicle().registration(),
            1 => a_vehicle().oht().enabled().registration(),
            _ => a_vehicle().forklift().registration(),
        })
        .collect();
    let created = create_all(vehicles, &registrations, Mode::Apply).await;
    let created = created.expect("they are registered");
    for (vehicle, registration) in created.iter().zip(&registrations) {
        check_registered(vehicle, OrganizationId::DEFAULT, registration);
    }
    assert!(created.is_sorted_by_key(|vehicle| vehicle.id));
    let mut found = vehicles.load_all().await.expect("a list");
    found.sort_by_key(|vehicle| vehicle.id);
    assert_eq!(found, created);
}

pub async fn an_empty_list_can_be_registered(registry: &dyn Registry) {
    assert_eq!(
        create_all(registry.vehicles(), &[], Mode::Apply).await,
        Ok(vec![])
    );
    assert_eq!(count_all(registry).await, 0);
}

/// Tries both the registration and its rehearsal.
pub async fn several_vehicles_need_an_organization_that_exists(registry: &dyn Registry) {
    for mode in [Mode::Apply, Mode::Rehearse] {
        let outcome = registry
            .vehicles()
            .create_all(an_administrator(), no_organization(), named(&["a"]), mode)
            .await;
        check_missing("organisation", outcome);
        let outcome = registry
            .vehicles()
            .create_all(an_administrator(), no_organization(), vec![], mode)
            .await;
        check_missing("organisation", outcome);
    }
}

/// Creates vehicles, and returns a list of registrations, of which some collide with existing vehicles or with each
/// other, and the expected collisions.
async fn a_list_that_collides(registry: &dyn Registry) -> (Vec<Registration>, Vec<(usize, &'static str)>) {
    let vehicles = registry.vehicles();
    let there = a_vehicle().named("there").register(vehicles).await.id;
    let deleted = a_vehicle().named("deleted").register(vehicles).await.id;
    vehicles
        .delete(an_administrator(), deleted, None)
        .await
        .expect("it is deleted");
    let elsewhere = an_organization(registry).await;
    let elsewhere = a_vehicle().of(elsewhere).register(vehicles).await.id;
    let twice = an_id();
    let list = vec![
        a_vehicle().named("a").registration(),
        a_vehicle().named("there").registration(),
        with_id(there, a_vehicle().named("b")),
        with_id(deleted, a_vehicle().named("deleted")),
        with_id(elsewhere, a_vehicle().named("c")),
        with_id(twice, a_vehicle().named("d")),
        with_id(twice, a_vehicle().named("a")),
        with_id(there, a_vehicle().named("there")),
        a_vehicle().named("e").registration(),
    ];
    let collisions = vec![
        (1, "name"),
        (2, "id"),
        (4, "id"),
        (6, "id"),
        (6, "name"),
        (7, "id"),
        (7, "name"),
    ];
    (list, collisions)
}

/// Tries to register a list whose vehicles collide with existing ones and with each other. The id and the name of a
/// deleted vehicle do not collide.
pub async fn every_collision_is_reported_and_nothing_is_registered(registry: &dyn Registry) {
    let (list, collisions) = a_list_that_collides(registry).await;
    let before = registry.vehicles().load_all().await.expect("a list");
    assert_eq!(
        places(create_all(registry.vehicles(), &list, Mode::Apply).await),
        collisions
    );
    let after = registry.vehicles().load_all().await.expect("a list");
    let [before, after] = [before, after].map(|vehicles| {
        let mut ids = ids(&vehicles);
        ids.sort();
        ids
    });
    assert_eq!(before, after);
}

pub async fn a_rehearsal_reports_every_collision(registry: &dyn Registry) {
    let (list, collisions) = a_list_that_collides(registry).await;
    assert_eq!(
        places(create_all(registry.vehicles(), &list, Mode::Rehearse).await),
        collisions
    );
}

/// Registers vehicles under names of deleted vehicles and of vehicles in other organisations, and under names that
/// differ only in case.
pub async fn names_and_ids_that_are_free_do_not_collide(registry: &dyn Registry) {
    let vehicles = registry.vehicles();
    let other = an_organization(registry).await;
    a_vehicle().named("elsewhere").of(other).register(vehicles).await;
    a_vehicle().named("there").register(vehicles).await;
    let deleted = a_vehicle().named("deleted").register(vehicles).await.id;
    vehicles
        .delete(an_administrator(), deleted, None)
        .await
        .expect("it is deleted");
    let list = named(&["elsewhere", "deleted", "There", "THERE"]);
    let created = create_all(vehicles, &list, Mode::Apply).await;
    assert_eq!(created.expect("they are registered").len(), 4);
}

/// Checks that a rehearsal returns the vehicles of a real registration, but stores none.
pub async fn a_rehearsal_changes_nothing(registry: &dyn Registry) {
    let vehicles = registry.vehicles();
    let list = [
        a_vehicle().named("a").enabled().registration(),
        with_id(an_id(), a_vehicle().agv().named("b")),
    ];
    let rehearsed = create_all(vehicles, &list, Mode::Rehearse).await;
    let rehearsed = rehearsed.expect("there are no collisions");
    for (vehicle, registration) in rehearsed.iter().zip(&list) {
        check_registered(vehicle, OrganizationId::DEFAULT, registration);
        let found = vehicles.find_by_id(&EVERYTHING, vehicle.id).await;
        assert_eq!(found.expect("the registry answers"), None);
    }
    assert_eq!(count_all(registry).await, 0);
    let position = registry.log().position().await;
    assert_eq!(position.expect("a position"), Sequence::START);

    let created = create_all(vehicles, &list, Mode::Apply).await;
    assert_eq!(created.expect("they are registered").len(), 2);
}

/// Checks that all collisions of the other lists are reported, regardless of the order of the names.
pub async fn of_two_concurrent_lists_with_the_same_names_one_is_registered(registry: &dyn Registry) {
    let vehicles = registry.vehicles();
    for round in 0..3 {
        let names: Vec<String> = (0..50).map(|number| format!("{round} {number}")).collect();
        let forwards: Vec<&str> = names.iter().map(String::as_str).collect();
        let backwards: Vec<&str> = forwards.iter().rev().copied().collect();
        let lists = [named(&forwards), named(&backwards), named(&forwards[25..])];
        let outcomes = join_all(lists.iter().map(|list| create_all(vehicles, list, Mode::Apply))).await;
        let registered = outcomes.iter().filter(|outcome| outcome.is_ok()).count();
        assert_eq!(registered, 1);
        for collisions in outcomes.into_iter().filter_map(Result::err) {
            assert!([25, 50].contains(&collisions.len()), "{collisions:?}");
        }
    }
}

pub async fn a_list_and_a_single_vehicle_of_one_name_are_not_both_registered(registry: &dyn Registry) {
    let vehicles = registry.vehicles();
    for round in 0..10 {
        let names: Vec<String> = (0..20).map(|number| format!("{round} {number}")).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let list = named(&names);
        let single = a_vehicle().named(names[13]).draft();
        let (several, single) = join(
            create_all(vehicles, &list, Mode::Apply),
            vehicles.create(an_administrator(), OrganizationId::DEFAULT, single),
        )
        .await;
        match several {
            Ok(_) => check_name_conflict(single),
            Err(collisions) => {
                assert_eq!(places(Err(collisions)), [(13, "name")]);
                single.expect("one of the two is registered");
            }
        }
    }
}

/// Checks that the fields in the list replace those of the deleted vehicles.
pub async fn deleted_vehicles_of_a_list_are_restored(registry: &dyn Registry) {
    let vehicles = registry.vehicles();
    let before = a_vehicle()
        .named("before")
        .enabled()
        .in_status(VehicleStatus::Charging)
        .register(vehicles)
        .await;
    let deleted = vehicles.delete(an_administrator(), before.id, None).await;
    let deleted = deleted.expect("it is deleted");
    let list = [
        a_vehicle().named("new").registration(),
        with_id(before.id, a_vehicle().named("after").enabled()),
    ];
    let rehearsed = create_all(vehicles, &list, Mode::Rehearse).await;
    assert_eq!(rehearsed.expect("there are no collisions").len(), 2);
    let found = vehicles.find_by_id(&EVERYTHING, before.id).await;
    assert_eq!(found.expect("the registry answers"), None);

    let registered = create_all(vehicles, &list, Mode::Apply).await;
    let restored = registered.expect("they are registered").remove(1);
    let expected = Vehicle {
        name: list[1].draft.name.clone(),
        details: list[1].draft.details.clone(),
        is_enabled: true,
        version: deleted.version.next(),
        updated_at: restored.updated_at,
        ..before
    };
    assert_eq!(restored, expected);
    assert_eq!(read(vehicles, restored.id).await, expected);
    let news = registry.log().read_after(Sequence::START).await.expect("events");
    let NextEvents::Events(news) = news else {
        panic!("none is lost");
    };
    let last = news.last().and_then(|event| event.to_vehicle());
    assert_eq!(last, Some((RegistryChange::Added, &expected)));
}

/// Checks that the error for ids of other organisations, deleted or not, is the same as for free ids.
pub async fn only_the_scope_of_everything_may_choose_new_ids(registry: &dyn Registry) {
    let vehicles = registry.vehicles();
    let (own, foreign) = (an_organization(registry).await, an_organization(registry).await);
    let by = &within(&domain::AccessScope::of_organization(own));
    let mine = a_vehicle().of(own).register(vehicles).await.id;
    let theirs = a_vehicle().of(foreign).register(vehicles).await.id;
    let [deleted, theirs_deleted] = [own, foreign].map(|organization| a_vehicle().of(organization));
    let deleted = deleted.register(vehicles).await.id;
    let theirs_deleted = theirs_deleted.register(vehicles).await.id;
    for id in [deleted, theirs_deleted] {
        vehicles
            .delete(an_administrator(), id, None)
            .await
            .expect("it is deleted");
    }
    let mut list = vec![
        with_id(deleted, a_vehicle()),
        with_id(an_id(), a_vehicle()),
        with_id(theirs, a_vehicle()),
        with_id(theirs_deleted, a_vehicle()),
        with_id(mine, a_vehicle()),
    ];
    for mode in [Mode::Rehearse, Mode::Apply] {
        let outcome = vehicles.create_all(by, own, list.clone(), mode).await;
        let collisions = outcome.expect("the registry answers").expect_err("they collide");
        let indices: Vec<_> = collisions.iter().map(|collision| collision.index).collect();
        assert_eq!(indices, [1, 2, 3, 4]);
        assert_eq!(collisions[0].message, collisions[1].message);
        assert_eq!(collisions[0].message, collisions[2].message);
    }
    list.truncate(1);
    let outcome = vehicles.create_all(by, own, list, Mode::Apply).await;
    let registered = outcome
        .expect("the registry answers")
        .expect("the organisation's own vehicle is restored");
    assert_eq!(registered[0].id, deleted);
}

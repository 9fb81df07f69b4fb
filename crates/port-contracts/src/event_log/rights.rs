use std::collections::BTreeSet;

use application::{
    ports::Rotation,
    registry::{Happened, RegistryChange, Sequence},
};
use domain::{GrantTarget, GrantTerms, OrganizationId, Role, UserChanges, UserId, vehicle::Vehicle};
use test_builders::{a_password_hash, a_user, a_vehicle, acting_as, an_origin, lasting};

use super::{Registry, all_after, position, vehicle_of};
use crate::{
    people::{A_DAY, a_token, disable, enable, log_in},
    registry::{a_group, an_administrator, an_organization, check_since, now},
};

/// Returns the users of the `RightsChanged` events after a number.
async fn rights_after(registry: &dyn Registry, after: Sequence) -> Vec<UserId> {
    let events = all_after(registry.log(), after).await;
    let users = events.into_iter().filter_map(|event| match event.happened {
        Happened::RightsChanged(user) => Some(user),
        Happened::ToVehicle { .. } => None,
    });
    users.collect()
}

/// Checks that an action logs exactly one event, about this user, with the time of the action.
async fn check_logged_for(registry: &dyn Registry, user: UserId, happen: impl Future<Output = ()>) {
    let (before, began) = (position(registry.log()).await, now());
    happen.await;
    let events = all_after(registry.log(), before).await;
    let logged: Vec<&Happened> = events.iter().map(|event| &event.happened).collect();
    assert_eq!(logged, [&Happened::RightsChanged(user)]);
    check_since(began, events[0].at);
}

/// Checks that each change is logged once.
pub async fn every_change_of_a_users_rights_is_logged(registry: &dyn Registry) {
    let (users, grants, by) = (registry.users(), registry.grants(), an_administrator());
    let id = a_user().register(users).await.id;
    let promote = UserChanges {
        role: Some(Role::Operator),
        ..UserChanges::default()
    };
    for (changes, password) in [
        (promote, None),
        (disable(), None),
        (enable(), None),
        (UserChanges::default(), Some(a_password_hash("second"))),
        (disable(), Some(a_password_hash("third"))),
    ] {
        check_logged_for(registry, id, async {
            let update = users.update(by, id, changes, password).await;
            update.expect("it is changed");
        })
        .await;
    }
    let target = GrantTarget::Organization(OrganizationId::DEFAULT);
    check_logged_for(registry, id, async {
        grants
            .create(by, id, GrantTerms::to_operate(target))
            .await
            .expect("it is granted");
    })
    .await;
    let page = application::paging::PageRequest::start();
    let grant = grants.find_all(&by.scope, Some(id), &page).await;
    let grant = grant.expect("a page").items.remove(0).id;
    check_logged_for(registry, id, async {
        grants.delete(by, grant).await.expect("it is withdrawn");
    })
    .await;
    grants
        .create(by, id, GrantTerms::to_operate(target))
        .await
        .expect("it is granted");
    check_logged_for(registry, id, async {
        users.delete(by, id).await.expect("it is deleted");
    })
    .await;
}

/// Ends sessions by id, by token, by the reuse of a token, and by a change of password.
pub async fn the_end_of_a_session_is_logged(registry: &dyn Registry) {
    let sessions = registry.sessions();
    let user = a_user().register(registry.users()).await;
    let [(ended, _), (_, by_token), (_, reused)] = [
        log_in(registry, user.id).await,
        log_in(registry, user.id).await,
        log_in(registry, user.id).await,
    ];
    let by = acting_as(&user, Some(ended.id));
    check_logged_for(registry, user.id, async {
        sessions.end(&by, ended.id).await.expect("it is ended");
    })
    .await;
    check_logged_for(registry, user.id, async {
        let outcome = sessions.end_by_token(&by_token, &an_origin()).await;
        assert_eq!(outcome.expect("the registry answers"), Some(user.id));
    })
    .await;
    let spend = async || {
        let rotated = sessions
            .rotate(&reused, a_token(), lasting(A_DAY), &an_origin())
            .await;
        rotated.expect("the registry answers")
    };
    spend().await;
    check_logged_for(registry, user.id, async {
        assert!(matches!(spend().await, Rotation::Reused { .. }));
    })
    .await;
    log_in(registry, user.id).await;
    log_in(registry, user.id).await;
    check_logged_for(registry, user.id, async {
        let (old, new) = (a_password_hash("first"), a_password_hash("second"));
        let changed = sessions.change_password(&by, &old, new).await;
        changed.expect("it is changed");
    })
    .await;
}

/// Executes commands that have no effect on rights, and rejected commands.
pub async fn commands_that_change_no_rights_are_not_logged(registry: &dyn Registry) {
    let (users, sessions) = (registry.users(), registry.sessions());
    let before = position(registry.log()).await;
    let user = a_user().administrator().register(users).await;
    let (_, token) = log_in(registry, user.id).await;
    let rotated = sessions
        .rotate(&token, a_token(), lasting(A_DAY), &an_origin())
        .await;
    rotated.expect("the registry answers");
    let rotated = sessions
        .rotate(&a_token(), a_token(), lasting(A_DAY), &an_origin())
        .await;
    rotated.expect("the registry answers");
    let (old, new) = (a_password_hash("first"), a_password_hash("better"));
    sessions.rehash(user.id, &old, new).await.expect("it is replaced");
    let nothing = UserChanges::default();
    let update = users.update(an_administrator(), user.id, nothing, None).await;
    update.expect("the registry answers");
    let last = users.update(an_administrator(), user.id, disable(), None).await;
    assert!(last.is_err());
    let target = GrantTarget::Organization(OrganizationId::DEFAULT);
    let needless = registry
        .grants()
        .create(an_administrator(), user.id, GrantTerms::to_operate(target))
        .await;
    assert!(needless.is_err());
    let strangers = sessions
        .end(an_administrator(), log_in(registry, user.id).await.0.id)
        .await;
    assert!(strangers.is_err());
    let forgotten = sessions.forget_ended(A_DAY).await;
    forgotten.expect("the call succeeds without effect");
    assert_eq!(all_after(registry.log(), before).await, []);
}

/// Checks that each user is logged once, after the events about vehicles. Subscribers thus receive a removal while they
/// still have the right to see the vehicle.
pub async fn the_users_of_deleted_grants_are_logged(registry: &dyn Registry) {
    let (grants, by) = (registry.grants(), an_administrator());
    let one = a_user().register(registry.users()).await.id;
    let other = a_user().register(registry.users()).await.id;
    let group = a_group(registry, OrganizationId::DEFAULT).await.id;
    let vehicle = a_vehicle().in_group(group);
    let vehicle = vehicle
        .register_in_groups(registry.vehicles(), registry.groups())
        .await;
    let organization = an_organization(registry).await;
    for user in [one, other] {
        for target in [
            GrantTarget::Group(group),
            GrantTarget::Vehicle(vehicle.id),
            GrantTarget::Organization(organization),
        ] {
            grants
                .create(by, user, GrantTerms::to_operate(target))
                .await
                .expect("it is granted");
        }
    }
    let expected = BTreeSet::from([one, other]);
    let check_users = async |before, vehicles: usize| {
        let logged = rights_after(registry, before).await;
        assert_eq!(logged.len(), 2);
        assert_eq!(logged.into_iter().collect::<BTreeSet<_>>(), expected);
        let events = all_after(registry.log(), before).await;
        assert!(
            events
                .iter()
                .take(vehicles)
                .all(|event| event.to_vehicle().is_some())
        );
        assert_eq!(events.len(), vehicles + 2);
    };
    let before = position(registry.log()).await;
    registry.groups().delete(by, group).await.expect("it is deleted");
    check_users(before, 1).await;
    let before = position(registry.log()).await;
    let deleted = registry.vehicles().delete(by, vehicle.id, None).await;
    deleted.expect("it is deleted");
    check_users(before, 1).await;
    let before = position(registry.log()).await;
    let deleted = registry.organizations().delete(by, organization).await;
    deleted.expect("it is deleted");
    check_users(before, 0).await;
}

/// Checks that the event contains the groups, through which subscribers may have seen the vehicle.
pub async fn a_removal_is_logged_with_the_groups_of_the_vehicle(registry: &dyn Registry) {
    let (vehicles, groups) = (registry.vehicles(), registry.groups());
    let [one, other] = [(); 2].map(|()| a_group(registry, OrganizationId::DEFAULT));
    let (one, other) = (one.await.id, other.await.id);
    let vehicle = a_vehicle().in_group(one).in_group(other);
    let vehicle = vehicle.register_in_groups(vehicles, groups).await;
    let before = position(registry.log()).await;
    let deleted = vehicles.delete(an_administrator(), vehicle.id, None).await;
    let deleted = deleted.expect("it is deleted");
    assert!(deleted.group_ids.is_empty());
    let expected = Vehicle {
        group_ids: [one, other].into(),
        ..deleted
    };
    let events = all_after(registry.log(), before).await;
    let logged: Vec<_> = events.iter().map(vehicle_of).collect();
    assert_eq!(logged, [(RegistryChange::Removed, &expected)]);
}

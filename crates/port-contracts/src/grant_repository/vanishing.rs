use std::time::Duration;

use application::{Error, Result};
use domain::{Grant, GrantTarget, GrantTerms, OrganizationId, UserId};
use futures::future::{join, join_all};
use test_builders::{a_user, a_vehicle};
use tokio::time::timeout;

use super::{Registry, grant};
use crate::{
    people::{granted, log_in},
    registry::{EVERYTHING, a_group, an_administrator, an_organization},
};

/// Time limit of an operation, far above its usual duration.
const DEADLINE: Duration = Duration::from_secs(60);

async fn count(registry: &dyn Registry) -> u64 {
    registry
        .grants()
        .count(&EVERYTHING, None)
        .await
        .expect("a number")
}

/// Grants two users two targets, deletes one target, and checks that only its grants are deleted.
async fn check_goes(registry: &dyn Registry, gone: GrantTarget, go: impl Future<Output = ()>) {
    let stays = GrantTarget::Organization(OrganizationId::DEFAULT);
    let mut sessions = Vec::new();
    for _ in 0..2 {
        let user = a_user().register(registry.users()).await.id;
        grant(registry, user, gone).await;
        grant(registry, user, stays).await;
        sessions.push(log_in(registry, user).await.0.id);
    }
    assert_eq!(count(registry).await, 4);
    go.await;
    assert_eq!(count(registry).await, 2);
    for session in sessions {
        assert_eq!(granted(registry, session).await, [stays]);
    }
}

/// Checks that the grants of other users are kept.
pub async fn grants_are_deleted_with_their_user(registry: &dyn Registry) {
    let [gone, stays] = [(); 2].map(|()| a_user());
    let gone = gone.register(registry.users()).await.id;
    let stays = stays.register(registry.users()).await.id;
    let group = a_group(registry, OrganizationId::DEFAULT).await.id;
    for user in [gone, stays] {
        grant(registry, user, GrantTarget::Group(group)).await;
        grant(registry, user, GrantTarget::Organization(OrganizationId::DEFAULT)).await;
    }
    let deleted = registry.users().delete(an_administrator(), gone).await;
    deleted.expect("it is deleted");
    assert_eq!(count(registry).await, 2);
    let its = registry.grants().count(&EVERYTHING, Some(stays)).await;
    assert_eq!(its.expect("a number"), 2);
}

pub async fn grants_are_deleted_with_their_group(registry: &dyn Registry) {
    let group = a_group(registry, OrganizationId::DEFAULT).await.id;
    let go = async {
        let deleted = registry.groups().delete(an_administrator(), group).await;
        deleted.expect("it is deleted");
    };
    check_goes(registry, GrantTarget::Group(group), go).await;
}

/// Checks that the grants are deleted, although the vehicle's row is kept.
pub async fn grants_are_deleted_with_their_vehicle(registry: &dyn Registry) {
    let vehicle = a_vehicle().register(registry.vehicles()).await.id;
    let go = async {
        let deleted = registry
            .vehicles()
            .delete(an_administrator(), vehicle, None)
            .await;
        deleted.expect("it is deleted");
    };
    check_goes(registry, GrantTarget::Vehicle(vehicle), go).await;
}

/// Checks that grants do not prevent the deletion.
pub async fn grants_are_deleted_with_their_organization(registry: &dyn Registry) {
    let organization = an_organization(registry).await;
    let go = async {
        let deleted = registry
            .organizations()
            .delete(an_administrator(), organization)
            .await;
        deleted.expect("it is deleted");
    };
    check_goes(registry, GrantTarget::Organization(organization), go).await;
}

/// Accepts a success, or an error because the target or the user was deleted.
fn check_possible(outcome: Result<Grant>) {
    assert!(
        matches!(outcome, Ok(_) | Err(Error::NotFound { .. })),
        "{outcome:?}"
    );
}

/// Checks that the grant either precedes the deletion and is deleted with the target, or finds no target.
pub async fn a_grant_does_not_outlive_a_concurrent_deletion(registry: &dyn Registry) {
    let (grants, by) = (registry.grants(), an_administrator());
    let user = a_user().register(registry.users()).await.id;
    for _ in 0..5 {
        let vehicle = a_vehicle().register(registry.vehicles()).await.id;
        let (granted, deleted) = join(
            grants.create(by, user, GrantTerms::to_operate(GrantTarget::Vehicle(vehicle))),
            registry.vehicles().delete(by, vehicle, None),
        )
        .await;
        check_possible(granted);
        deleted.expect("it is deleted");

        let group = a_group(registry, OrganizationId::DEFAULT).await.id;
        let (granted, deleted) = join(
            grants.create(by, user, GrantTerms::to_operate(GrantTarget::Group(group))),
            registry.groups().delete(by, group),
        )
        .await;
        check_possible(granted);
        deleted.expect("it is deleted");

        let organization = an_organization(registry).await;
        let (granted, deleted) = join(
            grants.create(
                by,
                user,
                GrantTerms::to_operate(GrantTarget::Organization(organization)),
            ),
            registry.organizations().delete(by, organization),
        )
        .await;
        check_possible(granted);
        deleted.expect("it is deleted");
        assert_eq!(count(registry).await, 0);
    }
}

pub async fn concurrent_deletions_of_users_and_targets_delete_all_grants(registry: &dyn Registry) {
    let by = an_administrator();
    for _ in 0..4 {
        let users = (0..4).map(|_| async { a_user().register(registry.users()).await.id });
        let users: Vec<UserId> = join_all(users).await;
        let vehicles = (0..4).map(|_| async { a_vehicle().register(registry.vehicles()).await.id });
        let vehicles = join_all(vehicles).await;
        for user in &users {
            for vehicle in &vehicles {
                grant(registry, *user, GrantTarget::Vehicle(*vehicle)).await;
            }
        }
        let users = users.iter().map(|id| registry.users().delete(by, *id));
        let vehicles = vehicles
            .iter()
            .map(|id| registry.vehicles().delete(by, *id, None));
        let all = join(join_all(users), join_all(vehicles));
        let (users, vehicles) = timeout(DEADLINE, all).await.expect("no deadlock");
        users
            .into_iter()
            .for_each(|deleted| deleted.expect("it is deleted"));
        for deleted in vehicles {
            deleted.expect("it is deleted");
        }
        assert_eq!(count(registry).await, 0);
    }
}

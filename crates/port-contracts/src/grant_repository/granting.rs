use application::Error;
use domain::{AccessScope, Grant, GrantTarget, GrantTerms, OrganizationId, Role, UserChanges};
use futures::future::join;
use test_builders::{a_user, a_vehicle};

use super::{Registry, grant};
use crate::{
    people::{disable, granted, log_in, no_user},
    registry::{
        EVERYTHING, a_group, an_administrator, an_organization, check_conflict, check_missing, check_since,
        no_group, no_organization, no_vehicle, now, scope, within,
    },
};

/// Checks that the grant takes effect immediately, and for this user only.
pub async fn a_grant_gives_one_user_access_to_one_target(registry: &dyn Registry) {
    let [user, other] = [(); 2].map(|()| a_user().operator());
    let user = user.register(registry.users()).await;
    let other = other.register(registry.users()).await;
    let organization = an_organization(registry).await;
    let group = a_group(registry, OrganizationId::DEFAULT).await.id;
    let vehicle = a_vehicle()
        .of(organization)
        .register(registry.vehicles())
        .await
        .id;
    let ((session, _), (theirs, _)) = (log_in(registry, user.id).await, log_in(registry, other.id).await);
    let mut all = Vec::new();
    for target in [
        GrantTarget::Organization(organization),
        GrantTarget::Group(group),
        GrantTarget::Vehicle(vehicle),
    ] {
        let began = now();
        let made = grant(registry, user.id, target).await;
        let expected = Grant {
            user_id: user.id,
            target,
            ..made.clone()
        };
        assert_eq!(made, expected);
        check_since(began, made.created_at);
        assert_eq!(made.id.as_uuid().get_version_num(), 7);
        let found = registry.grants().find_by_id(&EVERYTHING, made.id).await;
        assert_eq!(found.expect("the registry answers"), Some(made));
        all.push(target);
        assert_eq!(granted(registry, session.id).await, all);
        assert_eq!(granted(registry, theirs.id).await, []);
    }
}

/// Checks that the role in the grant's terms is stored, and is among the rights of a new session.
pub async fn a_grant_has_a_ceiling(registry: &dyn Registry) {
    let user = a_user().operator().register(registry.users()).await.id;
    let vehicle = a_vehicle().register(registry.vehicles()).await.id;
    let to_view = GrantTerms::to_view(GrantTarget::Vehicle(vehicle));
    let to_operate = GrantTerms::to_operate(GrantTarget::Organization(OrganizationId::DEFAULT));
    for terms in [to_view, to_operate] {
        let made = registry.grants().create(an_administrator(), user, terms).await;
        let made = made.expect("it is granted");
        assert_eq!((made.target, made.role), (terms.target, terms.role));
        let found = registry.grants().find_by_id(&EVERYTHING, made.id).await;
        assert_eq!(found.expect("the registry answers"), Some(made));
    }
    let (session, _) = log_in(registry, user).await;
    let rights = registry
        .sessions()
        .rights(session.id)
        .await
        .expect("the registry answers");
    let mut terms = rights.expect("the session is active").grants;
    terms.sort_unstable();
    assert_eq!(terms, [to_operate, to_view]);
}

pub async fn the_user_and_target_of_a_grant_must_exist(registry: &dyn Registry) {
    let grants = registry.grants();
    let user = a_user().register(registry.users()).await.id;
    let deleted = a_vehicle().register(registry.vehicles()).await.id;
    let removed = registry
        .vehicles()
        .delete(an_administrator(), deleted, None)
        .await;
    removed.expect("it is deleted");
    for (target, what) in [
        (GrantTarget::Organization(no_organization()), "organisation"),
        (GrantTarget::Group(no_group()), "group"),
        (GrantTarget::Vehicle(no_vehicle()), "vehicle"),
        (GrantTarget::Vehicle(deleted), "vehicle"),
    ] {
        check_missing(
            what,
            grants
                .create(an_administrator(), user, GrantTerms::to_operate(target))
                .await,
        );
    }
    let target = GrantTarget::Organization(OrganizationId::DEFAULT);
    check_missing(
        "user",
        grants
            .create(an_administrator(), no_user(), GrantTerms::to_operate(target))
            .await,
    );
    assert_eq!(grants.count(&EVERYTHING, None).await.expect("a number"), 0);
}

/// Tries users and targets out of scope, and an actor with an empty scope.
pub async fn users_and_targets_out_of_scope_cannot_be_granted(registry: &dyn Registry) {
    let (users, grants) = (registry.users(), registry.grants());
    let (ours, theirs) = (an_organization(registry).await, an_organization(registry).await);
    let own = a_user().of(ours).register(users).await.id;
    let foreign = a_user().of(theirs).register(users).await.id;
    let unassigned = a_user().register(users).await.id;
    let group = a_group(registry, theirs).await.id;
    let vehicle = a_vehicle().of(theirs).register(registry.vehicles()).await.id;
    let us = within(&scope(&[ours], &[]));
    for (target, what) in [
        (GrantTarget::Organization(theirs), "organisation"),
        (GrantTarget::Group(group), "group"),
        (GrantTarget::Vehicle(vehicle), "vehicle"),
    ] {
        check_missing(
            what,
            grants.create(&us, own, GrantTerms::to_operate(target)).await,
        );
    }
    for user in [foreign, unassigned] {
        let target = GrantTarget::Organization(ours);
        check_missing(
            "user",
            grants.create(&us, user, GrantTerms::to_operate(target)).await,
        );
    }
    let without_scope = within(&AccessScope::nothing());
    let target = GrantTarget::Vehicle(vehicle);
    check_missing(
        "user",
        grants
            .create(&without_scope, own, GrantTerms::to_operate(target))
            .await,
    );

    let group = a_group(registry, ours).await.id;
    let vehicle = a_vehicle().of(ours).register(registry.vehicles()).await.id;
    for target in [
        GrantTarget::Organization(ours),
        GrantTarget::Group(group),
        GrantTarget::Vehicle(vehicle),
    ] {
        grants
            .create(&us, own, GrantTerms::to_operate(target))
            .await
            .expect("everything is in scope");
    }
}

/// Checks that another user may be granted the same target.
pub async fn a_target_is_granted_to_a_user_once(registry: &dyn Registry) {
    let (users, grants) = (registry.users(), registry.grants());
    let group = a_group(registry, OrganizationId::DEFAULT).await.id;
    let vehicle = a_vehicle().register(registry.vehicles()).await.id;
    for _ in 0..2 {
        let user = a_user().register(users).await.id;
        for target in [
            GrantTarget::Organization(OrganizationId::DEFAULT),
            GrantTarget::Group(group),
            GrantTarget::Vehicle(vehicle),
        ] {
            grant(registry, user, target).await;
            let again = grants
                .create(an_administrator(), user, GrantTerms::to_operate(target))
                .await;
            check_conflict("userId", again);
        }
    }
    assert_eq!(grants.count(&EVERYTHING, None).await.expect("a number"), 6);
}

pub async fn of_two_concurrent_equal_grants_one_succeeds(registry: &dyn Registry) {
    for _ in 0..5 {
        let user = a_user().register(registry.users()).await.id;
        let group = a_group(registry, OrganizationId::DEFAULT).await.id;
        let create = || {
            let target = GrantTarget::Group(group);
            registry
                .grants()
                .create(an_administrator(), user, GrantTerms::to_operate(target))
        };
        let (one, other) = join(create(), create()).await;
        let (winner, loser) = if one.is_ok() { (one, other) } else { (other, one) };
        winner.expect("one of the two succeeds");
        check_conflict("userId", loser);
    }
}

/// Checks that administrators, who already see everything in their scope, are rejected, unlike disabled users.
pub async fn administrators_cannot_be_granted_anything(registry: &dyn Registry) {
    let (users, grants) = (registry.users(), registry.grants());
    let target = GrantTarget::Organization(OrganizationId::DEFAULT);
    for administrator in [
        a_user().administrator(),
        a_user().administrator().of(OrganizationId::DEFAULT),
    ] {
        let id = administrator.register(users).await.id;
        check_conflict(
            "userId",
            grants
                .create(an_administrator(), id, GrantTerms::to_operate(target))
                .await,
        );
    }
    let disabled = a_user().register(users).await.id;
    let update = users.update(an_administrator(), disabled, disable(), None).await;
    update.expect("it is disabled");
    grant(registry, disabled, target).await;
}

/// Checks that the grant either precedes the promotion or is rejected.
pub async fn no_grant_follows_a_concurrent_promotion(registry: &dyn Registry) {
    let (users, grants) = (registry.users(), registry.grants());
    let target = GrantTarget::Organization(OrganizationId::DEFAULT);
    let promote = UserChanges {
        role: Some(Role::Admin),
        ..UserChanges::default()
    };
    for _ in 0..5 {
        let user = a_user().register(users).await.id;
        let (granted, promoted) = join(
            grants.create(an_administrator(), user, GrantTerms::to_operate(target)),
            users.update(an_administrator(), user, promote, None),
        )
        .await;
        let promoted = promoted.expect("it is promoted");
        match granted {
            Ok(grant) => assert!(grant.created_at <= promoted.updated_at),
            Err(Error::Conflict { field: "userId", .. }) => {}
            Err(other) => panic!("{other:?}"),
        }
    }
}

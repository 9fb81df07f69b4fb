use application::ports::NewUser;
use domain::{AccessScope, OrganizationId, Role, User};
use futures::future::{join, join_all};
use test_builders::{a_password_hash, a_user};

use super::Registry;
use crate::{
    people::{credentials, user},
    registry::{
        EVERYTHING, an_administrator, an_organization, check_conflict, check_missing, check_since,
        no_organization, now, scope, within,
    },
};

/// Checks that the user has the fields of the draft and a new id.
pub async fn a_new_user_may_log_in_at_once(registry: &dyn Registry) {
    let organization = an_organization(registry).await;
    let of_none = a_user().administrator().named("Ana");
    let of_one = a_user().operator().named("ben").of(organization);
    for (draft, role, organization_id) in [
        (of_none, Role::Admin, None),
        (of_one, Role::Operator, Some(organization)),
    ] {
        let draft = draft.with_password(a_password_hash("secret")).draft();
        let began = now();
        let made = registry.users().create(an_administrator(), draft.clone()).await;
        let made = made.expect("the user is created");
        let expected = User {
            username: draft.username,
            role,
            organization_id,
            is_enabled: true,
            updated_at: made.created_at,
            ..made.clone()
        };
        assert_eq!(made, expected);
        check_since(began, made.created_at);
        assert_eq!(made.id.as_uuid().get_version_num(), 7);
        assert_eq!(user(registry, made.id).await, Some(made.clone()));
        let known = credentials(registry, made.id).await;
        assert_eq!(known.user, made);
        assert_eq!(known.password, a_password_hash("secret"));
    }
}

/// Creates users with names in several scripts.
pub async fn usernames_are_stored_in_lowercase_and_unique_in_any_case(registry: &dyn Registry) {
    let users = registry.users();
    for (name, same, another) in [
        ("Ana.Lopez", "aNA.lOPEZ", "Ana-Lopez"),
        ("Änne", "ÄNNE", "Anne"),
        ("김철수", "김철수", "김철"),
        ("o'hare\"%_\\", "O'HARE\"%_\\", "o'hare"),
    ] {
        let made = a_user().named(name).register(users).await;
        assert_eq!(made.username.as_str(), name.to_lowercase());
        let taken = users
            .create(an_administrator(), a_user().named(same).draft())
            .await;
        check_conflict("username", taken);
        a_user().named(another).register(users).await;
    }
}

/// Tries names that look alike in some combination of upper and lower case.
pub async fn a_username_that_looks_like_another_is_refused(registry: &dyn Registry) {
    let users = registry.users();
    for (name, alike) in [
        ("will", "wiII"),
        ("BOB", "B0B"),
        ("paul", "pau1"),
        ("operator-1", "operator-I"),
    ] {
        a_user().named(name).register(users).await;
        let taken = users
            .create(an_administrator(), a_user().named(alike).draft())
            .await;
        check_conflict("username", taken);
    }
}

pub async fn of_two_concurrent_users_of_one_name_one_is_created(registry: &dyn Registry) {
    for name in ["a", "b", "c", "d"] {
        let create = || {
            let draft = a_user().named(name).draft();
            registry.users().create(an_administrator(), draft)
        };
        let (one, other) = join(create(), create()).await;
        let (winner, loser) = if one.is_ok() { (one, other) } else { (other, one) };
        winner.expect("one of the two is created");
        check_conflict("username", loser);
    }
}

/// Checks that the organisation, if there is one, must exist.
pub async fn a_user_needs_an_organization_that_exists(registry: &dyn Registry) {
    let draft = a_user().of(no_organization()).draft();
    let made = registry.users().create(an_administrator(), draft.clone()).await;
    check_missing("organisation", made);
    let first = registry.users().create_first(an_administrator(), draft).await;
    check_missing("organisation", first);
    let count = registry.users().count(&EVERYTHING).await;
    assert_eq!(count.expect("a number"), 0);
}

/// Checks that an actor cannot create a user with more rights than the actor has.
pub async fn a_user_out_of_scope_cannot_be_created(registry: &dyn Registry) {
    let users = registry.users();
    let (ours, theirs) = (an_organization(registry).await, an_organization(registry).await);
    let us = within(&scope(&[ours], &[]));
    for draft in [
        a_user().administrator().draft(),
        a_user().of(theirs).draft(),
        a_user().of(OrganizationId::DEFAULT).draft(),
    ] {
        check_missing("organisation", users.create(&us, draft.clone()).await);
        check_missing("organisation", users.create_first(&us, draft).await);
    }
    let without_scope = within(&AccessScope::nothing());
    let made = users.create(&without_scope, a_user().of(ours).draft()).await;
    check_missing("organisation", made);
    let made = users.create(&us, a_user().of(ours).draft()).await;
    made.expect("it is in scope");
}

fn the_first() -> NewUser {
    a_user().administrator().draft()
}

/// Checks that an existing user prevents the creation.
pub async fn the_first_user_is_created_only_if_there_is_none(registry: &dyn Registry) {
    let users = registry.users();
    let first = users.create_first(an_administrator(), the_first()).await;
    let first = first.expect("the registry answers").expect("there was no user");
    assert!(first.can_administer_all());
    assert_eq!(user(registry, first.id).await, Some(first));
    for _ in 0..2 {
        let second = users.create_first(an_administrator(), the_first()).await;
        assert_eq!(second.expect("the registry answers"), None);
    }
    assert_eq!(users.count(&EVERYTHING).await.expect("a number"), 1);
}

/// Makes concurrent calls, because several servers may start for the first time at once.
pub async fn of_many_concurrent_first_users_one_is_created(registry: &dyn Registry) {
    let users = registry.users();
    let made = join_all((0..8).map(|_| users.create_first(an_administrator(), the_first()))).await;
    let made = made
        .into_iter()
        .filter_map(|made| made.expect("the registry answers"));
    assert_eq!(made.count(), 1);
    assert_eq!(users.count(&EVERYTHING).await.expect("a number"), 1);
}

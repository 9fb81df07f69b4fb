use domain::{AccessScope, Role, User, UserChanges};
use test_builders::{a_password_hash, a_user, a_vehicle};

use super::Registry;
use crate::{
    pages,
    people::{disable, no_user, user},
    registry::{EVERYTHING, a_group, an_administrator, an_organization, check_missing, scope, within},
};

/// Checks that an unknown user can neither be read nor changed.
pub async fn an_unknown_user_is_not_found(registry: &dyn Registry) {
    a_user().register(registry.users()).await;
    assert_eq!(user(registry, no_user()).await, None);
    let users = registry.users();
    check_missing(
        "user",
        users.update(an_administrator(), no_user(), disable(), None).await,
    );
    let nothing = UserChanges::default();
    check_missing(
        "user",
        users.update(an_administrator(), no_user(), nothing, None).await,
    );
    check_missing("user", users.delete(an_administrator(), no_user()).await);
}

async fn walk(registry: &dyn Registry, scope: &AccessScope, first: u32) -> Vec<User> {
    let find = async |request| registry.users().find_all(scope, &request).await.expect("a page");
    pages::walk(first, |user: &User| user.id, find).await
}

/// Checks that users are listed in order of creation, without gaps or repetition.
pub async fn users_are_listed_in_pages(registry: &dyn Registry) {
    assert_eq!(walk(registry, &EVERYTHING, 1).await, []);
    let organization = an_organization(registry).await;
    let mut expected = Vec::new();
    for role in [Role::Viewer, Role::Admin, Role::Operator] {
        expected.push(a_user().with_role(role).register(registry.users()).await);
        expected.push(
            a_user()
                .with_role(role)
                .of(organization)
                .register(registry.users())
                .await,
        );
    }
    for first in 1..=7 {
        let seen = walk(registry, &EVERYTHING, first).await;
        assert_eq!(seen, expected, "in pages of {first}");
    }
    let count = registry.users().count(&EVERYTHING).await;
    assert_eq!(count.expect("a number"), 6);
}

/// Checks the list (in pages of two sizes), the count, and the reading of each user.
async fn check_sees(registry: &dyn Registry, scope: &AccessScope, expected: &[&User]) {
    for first in [1, 50] {
        let seen = walk(registry, scope, first).await;
        assert_eq!(seen.iter().collect::<Vec<_>>(), expected);
    }
    let count = registry.users().count(scope).await;
    assert_eq!(count.expect("a number"), expected.len() as u64);
    for user in expected {
        let found = registry.users().find_by_id(scope, user.id).await;
        assert_eq!(found.expect("the registry answers").as_ref(), Some(*user));
    }
}

/// Checks that the user can neither be read nor changed, and that scopes of groups and vehicles contain no users.
pub async fn a_user_out_of_scope_does_not_exist(registry: &dyn Registry) {
    let users = registry.users();
    let (ours, theirs) = (an_organization(registry).await, an_organization(registry).await);
    let own = a_user().of(ours).register(users).await;
    let foreign = a_user().of(theirs).register(users).await;
    let second = a_user().of(ours).register(users).await;
    let group = a_group(registry, ours).await.id;
    let vehicle = a_vehicle().of(ours).register(registry.vehicles()).await.id;

    check_sees(registry, &scope(&[ours], &[]), &[&own, &second]).await;
    check_sees(registry, &scope(&[ours, theirs], &[]), &[&own, &foreign, &second]).await;
    check_sees(registry, &scope(&[], &[vehicle]), &[]).await;
    check_sees(registry, &AccessScope::of_groups([group]), &[]).await;

    let us = scope(&[ours], &[]);
    let found = users.find_by_id(&us, foreign.id).await;
    assert_eq!(found.expect("the registry answers"), None);
    let us = within(&us);
    let password = Some(a_password_hash("ours"));
    check_missing("user", users.update(&us, foreign.id, disable(), None).await);
    let nothing = UserChanges::default();
    check_missing("user", users.update(&us, foreign.id, nothing, password).await);
    check_missing("user", users.delete(&us, foreign.id).await);
    assert_eq!(user(registry, foreign.id).await, Some(foreign));
    users
        .update(&us, own.id, disable(), None)
        .await
        .expect("it is in scope");
    users.delete(&us, own.id).await.expect("it is in scope");
}

/// Checks that the scope of an organisation does not contain a user without one.
pub async fn a_user_without_organization_is_only_visible_to_the_scope_of_everything(registry: &dyn Registry) {
    let users = registry.users();
    let unassigned = a_user().register(users).await;
    let organization = an_organization(registry).await;
    check_sees(registry, &EVERYTHING, &[&unassigned]).await;
    let one = scope(&[organization], &[]);
    check_sees(registry, &one, &[]).await;
    let outcome = users.update(&within(&one), unassigned.id, disable(), None).await;
    check_missing("user", outcome);
    check_missing("user", users.delete(&within(&one), unassigned.id).await);
}

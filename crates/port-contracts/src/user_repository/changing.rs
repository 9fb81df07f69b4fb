use application::Error;
use domain::{GrantTarget, GrantTerms, Operation, OrganizationId, Role, User, UserChanges};
use futures::future::join;
use test_builders::{a_password_hash, a_user};

use super::Registry;
use crate::{
    people::{count_entries, credentials, disable, enable, granted, log_in, rights, sessions_of, user},
    registry::{an_administrator, an_organization, check_since, now, scope, within},
};

async fn change(registry: &dyn Registry, user: &User, changes: UserChanges) -> User {
    let changed = registry
        .users()
        .update(an_administrator(), user.id, changes, None)
        .await;
    changed.expect("it is changed")
}

fn become_a(role: Role) -> UserChanges {
    UserChanges {
        role: Some(role),
        ..UserChanges::default()
    }
}

/// Checks that role and access can be changed separately or together, and that nothing else changes.
pub async fn role_and_access_can_be_changed(registry: &dyn Registry) {
    let mut before = a_user()
        .of(OrganizationId::DEFAULT)
        .register(registry.users())
        .await;
    let both = UserChanges {
        role: Some(Role::Viewer),
        is_enabled: Some(true),
    };
    for changes in [become_a(Role::Operator), disable(), become_a(Role::Admin), both] {
        let began = now();
        let after = change(registry, &before, changes).await;
        let expected = User {
            updated_at: after.updated_at,
            ..changes.apply(&before)
        };
        assert_eq!(after, expected);
        assert_ne!(after, before);
        check_since(began, after.updated_at);
        assert_eq!(user(registry, after.id).await, Some(after.clone()));
        let known = credentials(registry, after.id).await;
        assert_eq!(known.password, a_password_hash("first"));
        before = after;
    }
}

/// Checks that the user, the user's sessions, the event log and the audit log are unchanged.
pub async fn an_update_without_effect_leaves_everything_unchanged(registry: &dyn Registry) {
    let before = a_user().register(registry.users()).await;
    let (session, _) = log_in(registry, before.id).await;
    let position = registry.log().position().await.expect("a position");
    let written = count_entries(registry).await;
    let as_it_is = UserChanges {
        role: Some(before.role),
        is_enabled: Some(true),
    };
    for changes in [UserChanges::default(), as_it_is, enable()] {
        assert_eq!(change(registry, &before, changes).await, before);
    }
    assert_eq!(user(registry, before.id).await, Some(before.clone()));
    assert_eq!(sessions_of(registry, before.id).await, [session.id]);
    assert_eq!(registry.log().position().await.expect("a position"), position);
    assert_eq!(count_entries(registry).await, written);
}

/// Checks that the sessions remain ended when the user is enabled again, and that other users are not affected.
pub async fn disabling_a_user_ends_all_its_sessions(registry: &dyn Registry) {
    let [one, other] = [(); 2].map(|()| a_user());
    let one = one.register(registry.users()).await;
    let other = other.register(registry.users()).await;
    let (first, _) = log_in(registry, one.id).await;
    let (second, _) = log_in(registry, one.id).await;
    let (theirs, _) = log_in(registry, other.id).await;
    for changes in [disable(), enable()] {
        change(registry, &one, changes).await;
        assert_eq!(sessions_of(registry, one.id).await, []);
        assert_eq!(rights(registry, first.id).await, None);
        assert_eq!(rights(registry, second.id).await, None);
    }
    assert_eq!(sessions_of(registry, other.id).await, [theirs.id]);
    log_in(registry, one.id).await;
}

/// Checks that all sessions end, regardless of other changes made at the same time.
pub async fn a_new_password_ends_all_sessions(registry: &dyn Registry) {
    let before = a_user().register(registry.users()).await;
    for (changes, password) in [
        (UserChanges::default(), "second"),
        (become_a(Role::Operator), "third"),
        (UserChanges::default(), "third"),
    ] {
        log_in(registry, before.id).await;
        let password = a_password_hash(password);
        let began = now();
        let update = registry
            .users()
            .update(an_administrator(), before.id, changes, Some(password.clone()));
        let after = update.await.expect("it is changed");
        check_since(began, after.updated_at);
        assert_eq!(sessions_of(registry, before.id).await, []);
        assert_eq!(credentials(registry, before.id).await.password, password);
    }
}

/// Checks that the user's role changes, and that the user's grants are kept.
pub async fn a_new_role_ends_no_session(registry: &dyn Registry) {
    let viewer = a_user()
        .of(OrganizationId::DEFAULT)
        .register(registry.users())
        .await;
    let target = GrantTarget::Organization(OrganizationId::DEFAULT);
    let grant = registry
        .grants()
        .create(an_administrator(), viewer.id, GrantTerms::to_operate(target))
        .await;
    grant.expect("it is granted");
    let (session, _) = log_in(registry, viewer.id).await;
    for role in [Role::Operator, Role::Admin, Role::Viewer] {
        let changed = change(registry, &viewer, become_a(role)).await;
        let rights = rights(registry, session.id).await.expect("the session is active");
        assert_eq!(rights.user, changed);
        assert_eq!(granted(registry, session.id).await, [target]);
    }
}

/// Checks that no change is lost.
pub async fn concurrent_changes_of_one_user_are_serialized(registry: &dyn Registry) {
    let users = registry.users();
    for _ in 0..5 {
        let id = a_user().register(users).await.id;
        let (one, other) = join(
            users.update(an_administrator(), id, become_a(Role::Operator), None),
            users.update(an_administrator(), id, disable(), Some(a_password_hash("new"))),
        )
        .await;
        one.expect("it is changed");
        other.expect("it is changed");
        let known = credentials(registry, id).await;
        assert_eq!((known.user.role, known.user.is_enabled), (Role::Operator, false));
        assert_eq!(known.password, a_password_hash("new"));
    }
}

/// Checks that changing the role or password, and enabling, require the scope of everything, because they would pass on
/// grants made by others. Disabling and deleting only take rights away, and are allowed.
pub async fn users_with_foreign_grants_are_protected(registry: &dyn Registry) {
    let (users, grants) = (registry.users(), registry.grants());
    let (ours, theirs) = (an_organization(registry).await, an_organization(registry).await);
    let user = a_user().of(ours).register(users).await.id;
    let us = within(&scope(&[ours], &[]));
    let to_view = |organization| GrantTerms::to_view(GrantTarget::Organization(organization));
    let own = grants.create(an_administrator(), user, to_view(ours)).await;
    own.expect("it is granted");
    let promote = become_a(Role::Operator);
    users
        .update(&us, user, promote, None)
        .await
        .expect("all its grants are in scope");
    let foreign = grants.create(an_administrator(), user, to_view(theirs)).await;
    let foreign = foreign.expect("it is granted");

    let password = || Some(a_password_hash("another"));
    let written = count_entries(registry).await;
    for (changes, password) in [
        (become_a(Role::Viewer), None),
        (become_a(Role::Admin), None),
        (UserChanges::default(), password()),
        (disable(), password()),
    ] {
        check_protected(users.update(&us, user, changes, password).await);
    }
    assert_eq!(count_entries(registry).await, written);
    let same = users.update(&us, user, promote, None).await;
    assert_eq!(
        same.expect("an update without effect is allowed").role,
        Role::Operator
    );
    users
        .update(&us, user, disable(), None)
        .await
        .expect("the call is allowed");
    check_protected(users.update(&us, user, enable(), None).await);
    let by_all = users.update(an_administrator(), user, enable(), password()).await;
    by_all.expect("the scope of everything is sufficient");

    grants
        .delete(an_administrator(), foreign.id)
        .await
        .expect("it is withdrawn");
    users
        .update(&us, user, become_a(Role::Viewer), password())
        .await
        .expect("no foreign grant is left");
    let foreign = grants.create(an_administrator(), user, to_view(theirs)).await;
    foreign.expect("it is granted");
    users.delete(&us, user).await.expect("the call is allowed");
}

fn check_protected(outcome: Result<User, Error>) {
    assert!(
        matches!(
            outcome,
            Err(Error::Protected {
                operation: Operation::ManageUsers,
                ..
            })
        ),
        "{outcome:?}"
    );
}

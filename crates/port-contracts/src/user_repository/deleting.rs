use application::{Error, ports::Rotation};
use domain::{GrantTarget, GrantTerms, OrganizationId};
use futures::future::join;
use test_builders::{a_user, an_origin, lasting};

use super::Registry;
use crate::{
    people::{A_DAY, a_token, log_in, rights, sessions_of, user},
    registry::{EVERYTHING, an_administrator, check_missing},
};

/// Checks that grants and sessions of other users are kept.
pub async fn a_user_is_deleted_with_its_grants_and_sessions(registry: &dyn Registry) {
    let (users, grants) = (registry.users(), registry.grants());
    let (gone, stays) = (a_user().register(users).await, a_user().register(users).await);
    let target = GrantTarget::Organization(OrganizationId::DEFAULT);
    for id in [gone.id, stays.id] {
        let granted = grants
            .create(an_administrator(), id, GrantTerms::to_operate(target))
            .await;
        granted.expect("it is granted");
    }
    let (session, token) = log_in(registry, gone.id).await;
    let (theirs, _) = log_in(registry, stays.id).await;

    users
        .delete(an_administrator(), gone.id)
        .await
        .expect("it is deleted");
    assert_eq!(user(registry, gone.id).await, None);
    assert_eq!(users.count(&EVERYTHING).await.expect("a number"), 1);
    let found = registry.sessions().credentials_of(gone.id).await;
    assert!(found.expect("the registry answers").is_none());
    let found = registry.sessions().credentials(&gone.username).await;
    assert!(found.expect("the registry answers").is_none());
    let its = grants.count(&EVERYTHING, Some(gone.id)).await;
    assert_eq!(its.expect("a number"), 0);
    assert_eq!(rights(registry, session.id).await, None);
    assert_eq!(sessions_of(registry, gone.id).await, []);
    let rotated = registry
        .sessions()
        .rotate(&token, a_token(), lasting(A_DAY), &an_origin())
        .await;
    assert!(matches!(
        rotated.expect("the registry answers"),
        Rotation::Unknown
    ));

    assert_eq!(sessions_of(registry, stays.id).await, [theirs.id]);
    assert_eq!(grants.count(&EVERYTHING, None).await.expect("a number"), 1);
    check_missing("user", users.delete(an_administrator(), gone.id).await);
}

/// Checks that the name becomes free each time, and that the new user has a new id.
pub async fn a_username_is_free_again_after_its_user_was_deleted(registry: &dyn Registry) {
    let users = registry.users();
    let mut ids = Vec::new();
    for _ in 0..3 {
        let id = a_user().named("ana").register(users).await.id;
        users.delete(an_administrator(), id).await.expect("it is deleted");
        ids.push(id);
    }
    ids.dedup();
    assert_eq!(ids.len(), 3);
}

/// Checks that the other call returns a not-found error.
pub async fn of_two_concurrent_deletions_of_a_user_one_succeeds(registry: &dyn Registry) {
    let users = registry.users();
    for _ in 0..5 {
        let id = a_user().register(users).await.id;
        log_in(registry, id).await;
        let delete = || users.delete(an_administrator(), id);
        let (one, other) = join(delete(), delete()).await;
        let (done, missing) = if one.is_ok() { (one, other) } else { (other, one) };
        done.expect("it is deleted");
        assert!(
            matches!(missing, Err(Error::NotFound { what: "user" })),
            "{missing:?}"
        );
    }
}

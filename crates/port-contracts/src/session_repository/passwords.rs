use application::Error;
use domain::Username;
use futures::future::join;
use test_builders::{a_password_hash, a_user, acting_as};

use super::Registry;
use crate::{
    people::{count_entries, credentials, disable, log_in, no_user, sessions_of, user},
    registry::{an_administrator, check_since, now},
};

/// Reads the credentials of enabled and disabled users.
pub async fn credentials_are_found_by_name_in_any_case(registry: &dyn Registry) {
    let sessions = registry.sessions();
    let hash = a_password_hash("secret");
    let made = a_user().named("Änne").with_password(hash.clone());
    let made = made.register(registry.users()).await;
    a_user().register(registry.users()).await;
    let disabled = registry
        .users()
        .update(an_administrator(), made.id, disable(), None);
    let expected = disabled.await.expect("it is disabled");
    for name in ["Änne", "äNNE"] {
        let name = Username::new(name).expect("a name");
        let found = sessions.credentials(&name).await.expect("the registry answers");
        let found = found.expect("the user exists");
        assert_eq!(found.user, expected);
        assert_eq!(found.password, hash);
        assert!(!format!("{found:?}").contains("secret"), "{found:?}");
    }
    let name = Username::new("Anne").expect("a name");
    assert!(
        sessions
            .credentials(&name)
            .await
            .expect("the registry answers")
            .is_none()
    );
    let missing = sessions.credentials_of(no_user()).await;
    assert!(missing.expect("the registry answers").is_none());
}

/// Checks that a hash that has changed in the meantime is kept. No session ends, and neither an event nor an audit
/// entry is written.
pub async fn a_hash_is_replaced_by_a_stronger_one_of_the_same_password(registry: &dyn Registry) {
    let sessions = registry.sessions();
    let made = a_user().register(registry.users()).await;
    let (session, _) = log_in(registry, made.id).await;
    let position = registry.log().position().await.expect("a position");
    let written = count_entries(registry).await;
    let [first, better, other] = ["first", "better", "other"].map(a_password_hash);
    let replaced = sessions.rehash(made.id, &first, better.clone()).await;
    replaced.expect("it is replaced");
    let late = sessions.rehash(made.id, &first, other.clone()).await;
    late.expect("the call succeeds without effect");
    let outcome_without_user = sessions.rehash(no_user(), &first, other).await;
    outcome_without_user.expect("the call succeeds without effect");

    assert_eq!(credentials(registry, made.id).await.password, better);
    assert_eq!(user(registry, made.id).await, Some(made.clone()));
    assert_eq!(sessions_of(registry, made.id).await, [session.id]);
    assert_eq!(registry.log().position().await.expect("a position"), position);
    assert_eq!(count_entries(registry).await, written);
}

/// Checks that all sessions end, including the one in which the password is changed.
pub async fn changing_ones_own_password_ends_all_sessions(registry: &dyn Registry) {
    let made = a_user().register(registry.users()).await;
    let other = a_user().register(registry.users()).await;
    let (session, _) = log_in(registry, made.id).await;
    log_in(registry, made.id).await;
    let (theirs, _) = log_in(registry, other.id).await;
    let by = acting_as(&made, Some(session.id));
    let (old, new) = (a_password_hash("first"), a_password_hash("second"));
    let began = now();
    let changed = registry.sessions().change_password(&by, &old, new.clone()).await;
    changed.expect("it is changed");
    let known = credentials(registry, made.id).await;
    assert_eq!(known.password, new);
    check_since(began, known.user.updated_at);
    assert_eq!(sessions_of(registry, made.id).await, []);
    assert_eq!(sessions_of(registry, other.id).await, [theirs.id]);
    let theirs = credentials(registry, other.id).await;
    assert_eq!(theirs.password, a_password_hash("first"));
}

/// Tries a change with an outdated password, and changes by disabled and unknown users.
pub async fn an_outdated_password_does_not_authorize_a_change(registry: &dyn Registry) {
    let sessions = registry.sessions();
    let made = a_user().register(registry.users()).await;
    let (session, _) = log_in(registry, made.id).await;
    let by = acting_as(&made, Some(session.id));
    let [old, present, new] = ["zeroth", "first", "second"].map(a_password_hash);
    let check_refused = async |by, known| {
        let outcome = sessions.change_password(by, known, new.clone()).await;
        assert!(
            matches!(outcome, Err(Error::Unauthenticated { .. })),
            "{outcome:?}"
        );
    };
    check_refused(&by, &old).await;
    check_refused(an_administrator(), &present).await;
    assert_eq!(sessions_of(registry, made.id).await, [session.id]);
    let update = registry
        .users()
        .update(an_administrator(), made.id, disable(), None);
    update.await.expect("it is disabled");
    check_refused(&by, &present).await;
    assert_eq!(credentials(registry, made.id).await.password, present);
}

/// Checks that the other call fails, because the password that it presents is then outdated.
pub async fn of_two_concurrent_password_changes_one_succeeds(registry: &dyn Registry) {
    let sessions = registry.sessions();
    for _ in 0..5 {
        let by = acting_as(&a_user().register(registry.users()).await, None);
        let [old, one, other] = ["first", "one", "other"].map(a_password_hash);
        let outcomes = join(
            sessions.change_password(&by, &old, one.clone()),
            sessions.change_password(&by, &old, other.clone()),
        );
        let (winner, loser) = match outcomes.await {
            (Ok(()), refused) => (one, refused),
            (refused, second) => {
                second.expect("one of the two succeeds");
                (other, refused)
            }
        };
        assert!(matches!(loser, Err(Error::Unauthenticated { .. })), "{loser:?}");
        assert_eq!(credentials(registry, by.user_id).await.password, winner);
    }
}

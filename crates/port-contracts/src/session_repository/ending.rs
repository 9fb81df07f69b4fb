use std::time::Duration;

use application::ports::Rotation;
use test_builders::{a_user, acting_as, an_origin};
use tokio::time::sleep;

use super::{Registry, check_over, rotate};
use crate::{
    people::{A_DAY, log_in, log_in_for, no_session, no_user, sessions_of},
    registry::{an_administrator, check_missing},
};

/// Checks that active sessions are listed newest first, without those of other users.
pub async fn sessions_are_listed_for_their_user(registry: &dyn Registry) {
    let [one, other] = [(); 2].map(|()| a_user());
    let one = one.register(registry.users()).await.id;
    let other = other.register(registry.users()).await.id;
    assert_eq!(sessions_of(registry, one).await, []);
    let mut expected = Vec::new();
    for _ in 0..3 {
        expected.insert(0, log_in(registry, one).await.0.id);
        log_in(registry, other).await;
    }
    log_in_for(registry, one, Duration::ZERO).await;
    sleep(Duration::from_millis(2)).await;
    assert_eq!(sessions_of(registry, one).await, expected);
    assert_eq!(sessions_of(registry, other).await.len(), 3);
    assert_eq!(sessions_of(registry, no_user()).await, []);
}

/// Checks that a session can be ended once, from itself or from another session of its user.
pub async fn only_its_user_ends_a_session(registry: &dyn Registry) {
    let sessions = registry.sessions();
    let user = a_user().register(registry.users()).await;
    let other = a_user().administrator().register(registry.users()).await;
    let (current, current_token) = log_in(registry, user.id).await;
    let (elsewhere, token) = log_in(registry, user.id).await;
    let by = acting_as(&user, Some(current.id));
    for stranger in [&acting_as(&other, Some(elsewhere.id)), an_administrator()] {
        check_missing("session", sessions.end(stranger, elsewhere.id).await);
    }
    check_missing("session", sessions.end(&by, no_session()).await);
    assert_eq!(sessions_of(registry, user.id).await, [elsewhere.id, current.id]);

    for (session, token) in [(&elsewhere, token), (&current, current_token)] {
        sessions.end(&by, session.id).await.expect("it is ended");
        check_over(registry, session, &[token]).await;
        check_missing("session", sessions.end(&by, session.id).await);
    }
    let (expired, _) = log_in_for(registry, user.id, Duration::ZERO).await;
    sleep(Duration::from_millis(2)).await;
    check_missing("session", sessions.end(&by, expired.id).await);
}

/// Ends a session with a spent token, and another session with its current token.
pub async fn a_session_is_ended_by_any_of_its_tokens(registry: &dyn Registry) {
    let user = a_user().register(registry.users()).await.id;
    for by_spent in [true, false] {
        let (session, spent) = log_in(registry, user).await;
        let (_, present) = rotate(registry, &spent).await;
        let token = if by_spent { spent } else { present };
        let ended = registry.sessions().end_by_token(&token, &an_origin()).await;
        assert_eq!(ended.expect("the registry answers"), Some(user));
        check_over(registry, &session, &[spent, present]).await;
    }
}

/// Checks that active sessions are not affected.
pub async fn sessions_that_ended_long_ago_are_deleted(registry: &dyn Registry) {
    let user = a_user().register(registry.users()).await.id;
    let (session, token) = log_in(registry, user).await;
    let (over, spent) = log_in_for(registry, user, Duration::ZERO).await;
    sleep(Duration::from_millis(2)).await;
    for age in [A_DAY, Duration::ZERO, Duration::ZERO] {
        let forgotten = registry.sessions().forget_ended(age).await;
        forgotten.expect("ended sessions are deleted");
        check_over(registry, &over, &[spent]).await;
        assert_eq!(sessions_of(registry, user).await, [session.id]);
    }
    let (rotation, _) = rotate(registry, &token).await;
    assert!(matches!(rotation, Rotation::Renewed { .. }), "{rotation:?}");
}

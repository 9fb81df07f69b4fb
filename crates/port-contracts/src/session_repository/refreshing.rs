use std::time::Duration;

use application::{
    Origin,
    ports::{MAX_SPENT, Rotation, Session, SessionTtl},
};
use futures::future::{join, join_all};
use test_builders::{a_user, an_origin, lasting};
use tokio::time::sleep;

use super::{Registry, check_over, check_unknown, rotate};
use crate::{
    people::{A_DAY, a_token, log_in, log_in_for, rights, sessions_of},
    registry::{check_since, now},
};

/// Checks that each token can be used once and renews the session, from any address.
pub async fn refresh_tokens_follow_one_another(registry: &dyn Registry) {
    let user = a_user().register(registry.users()).await;
    let (mut session, mut token) = log_in(registry, user.id).await;
    for hours in 1..=4_u8 {
        let ttl = Duration::from_secs(3_600 * u64::from(hours));
        let (next, origin) = (
            a_token(),
            Origin {
                address: Some([192, 0, 2, hours].into()),
                ..an_origin()
            },
        );
        let began = now();
        let rotated = registry
            .sessions()
            .rotate(&token, next, lasting(ttl), &origin)
            .await;
        let Rotation::Renewed {
            user: bearer,
            session: renewed,
        } = rotated.expect("the registry answers")
        else {
            panic!("the token is valid");
        };
        assert_eq!(bearer, user);
        let expected = Session {
            refreshed_at: renewed.refreshed_at,
            expires_at: renewed.refreshed_at + ttl,
            address: origin.address,
            ..session
        };
        assert_eq!(renewed, expected);
        check_since(began, renewed.refreshed_at);
        let found = registry.sessions().find_all(user.id).await.expect("a list");
        assert_eq!(found, std::slice::from_ref(&renewed));
        rights(registry, renewed.id).await.expect("the session is active");
        (session, token) = (renewed, next);
    }
}

/// Checks that the newest spent tokens are remembered. An older token is unknown and has no effect.
pub async fn a_limited_number_of_spent_tokens_is_remembered(registry: &dyn Registry) {
    let user = a_user().register(registry.users()).await.id;
    let (session, first) = log_in(registry, user).await;
    let mut family = vec![first];
    for _ in 0..=MAX_SPENT {
        let last = family.last().expect("the family has a token");
        let (rotation, next) = rotate(registry, last).await;
        assert!(matches!(rotation, Rotation::Renewed { .. }), "{rotation:?}");
        family.push(next);
    }
    check_unknown(registry, &family[0]).await;
    assert_eq!(sessions_of(registry, user).await, [session.id]);
    let (rotation, _) = rotate(registry, &family[1]).await;
    assert!(matches!(rotation, Rotation::Reused { .. }), "{rotation:?}");
    check_over(registry, &session, &family).await;
}

/// Uses each spent token of a session again: either user of the token may be the thief, so the session ends. Other
/// sessions are not affected.
pub async fn a_token_that_is_used_twice_ends_its_session(registry: &dyn Registry) {
    let user = a_user().register(registry.users()).await.id;
    let (other, _) = log_in(registry, user).await;
    for used_twice in 0..3 {
        let (session, first) = log_in(registry, user).await;
        let mut family = vec![first];
        for _ in 0..3 {
            let last = family.last().expect("the family has a token");
            let (rotation, next) = rotate(registry, last).await;
            assert!(matches!(rotation, Rotation::Renewed { .. }), "{rotation:?}");
            family.push(next);
        }
        let (rotation, never) = rotate(registry, &family[used_twice]).await;
        assert!(
            matches!(rotation, Rotation::Reused { user: owner } if owner == user),
            "{rotation:?}"
        );
        family.push(never);
        check_over(registry, &session, &family).await;
        assert_eq!(sessions_of(registry, user).await, [other.id]);
    }
}

/// Checks that the tokens from both uses are unknown afterwards.
pub async fn two_concurrent_uses_of_a_token_renew_it_once_and_end_the_session(registry: &dyn Registry) {
    for _ in 0..10 {
        let user = a_user().register(registry.users()).await.id;
        let (session, token) = log_in(registry, user).await;
        let (one, other) = join(rotate(registry, &token), rotate(registry, &token)).await;
        let ((renewed, next), (reused, never)) = match one.0 {
            Rotation::Renewed { .. } => (one, other),
            _ => (other, one),
        };
        assert!(matches!(renewed, Rotation::Renewed { .. }), "{renewed:?}");
        assert!(
            matches!(reused, Rotation::Reused { user: owner } if owner == user),
            "{reused:?}"
        );
        check_over(registry, &session, &[token, next, never]).await;
    }
}

/// Checks that the second use ends the session, after which the token is unknown.
pub async fn many_concurrent_uses_of_a_token_renew_it_once_and_end_the_session(registry: &dyn Registry) {
    let user = a_user().register(registry.users()).await.id;
    let (session, token) = log_in(registry, user).await;
    let outcomes = join_all((0..8).map(|_| rotate(registry, &token))).await;
    let count = |is: fn(&Rotation) -> bool| outcomes.iter().filter(|(rotation, _)| is(rotation)).count();
    assert_eq!(count(|rotation| matches!(rotation, Rotation::Renewed { .. })), 1);
    assert_eq!(count(|rotation| matches!(rotation, Rotation::Reused { .. })), 1);
    assert_eq!(count(|rotation| matches!(rotation, Rotation::Unknown)), 6);
    let next: Vec<_> = outcomes.iter().map(|(_, next)| *next).collect();
    check_over(registry, &session, &next).await;
}

pub async fn an_unknown_token_has_no_effect(registry: &dyn Registry) {
    let user = a_user().register(registry.users()).await.id;
    let (session, _) = log_in(registry, user).await;
    let unknown = a_token();
    check_unknown(registry, &unknown).await;
    check_unknown(registry, &unknown).await;
    let ended = registry.sessions().end_by_token(&unknown, &an_origin()).await;
    assert_eq!(ended.expect("the registry answers"), None);
    assert_eq!(sessions_of(registry, user).await, [session.id]);
}

pub async fn a_session_that_is_not_refreshed_in_time_expires(registry: &dyn Registry) {
    let user = a_user().register(registry.users()).await.id;
    let (session, token) = log_in_for(registry, user, Duration::from_millis(1)).await;
    sleep(Duration::from_millis(20)).await;
    check_over(registry, &session, &[token]).await;

    let (session, first) = log_in(registry, user).await;
    let second = a_token();
    let rotated = registry
        .sessions()
        .rotate(&first, second, lasting(Duration::from_millis(1)), &an_origin())
        .await;
    rotated.expect("the registry answers");
    sleep(Duration::from_millis(20)).await;
    check_over(registry, &session, &[first, second]).await;
}

/// Checks that refreshes extend a session beyond the lifetime of a token.
pub async fn a_session_lasts_as_long_as_it_is_refreshed(registry: &dyn Registry) {
    let user = a_user().register(registry.users()).await.id;
    let (session, mut token) = log_in_for(registry, user, Duration::from_secs(2)).await;
    for _ in 0..3 {
        sleep(Duration::from_millis(800)).await;
        let next = a_token();
        let rotated = registry
            .sessions()
            .rotate(&token, next, lasting(Duration::from_secs(2)), &an_origin())
            .await;
        let rotated = rotated.expect("the registry answers");
        assert!(matches!(rotated, Rotation::Renewed { .. }), "{rotated:?}");
        token = next;
    }
    let rotated = registry
        .sessions()
        .rotate(&token, a_token(), lasting(A_DAY), &an_origin())
        .await;
    assert!(
        matches!(rotated.expect("the registry answers"), Rotation::Renewed { session: renewed, .. } if renewed.id == session.id)
    );
}

/// Checks that no token outlives the session, and that using one afterwards is not treated as theft.
pub async fn a_session_has_a_total_lifetime(registry: &dyn Registry) {
    let user = a_user().register(registry.users()).await.id;
    let whole = Duration::from_millis(1_500);
    let (session, mut token) = log_in(registry, user).await;
    let mut family = vec![token];
    for _ in 0..2 {
        let (next, ttl) = (a_token(), SessionTtl { idle: A_DAY, whole });
        let rotated = registry.sessions().rotate(&token, next, ttl, &an_origin()).await;
        let Rotation::Renewed { session: renewed, .. } = rotated.expect("the registry answers") else {
            panic!("the session has not expired yet");
        };
        assert_eq!(renewed.expires_at, session.created_at + whole);
        token = next;
        family.push(token);
    }
    sleep(whole).await;
    check_over(registry, &session, &family).await;

    // A session that was opened under a longer limit is not renewed either.
    let (session, token) = log_in(registry, user).await;
    sleep(Duration::from_millis(20)).await;
    let (idle, whole) = (A_DAY, Duration::from_millis(1));
    let rotated = registry
        .sessions()
        .rotate(&token, a_token(), SessionTtl { idle, whole }, &an_origin())
        .await;
    assert!(matches!(
        rotated.expect("the registry answers"),
        Rotation::Unknown
    ));
    assert!(session.expires_at > now());
}

/// Checks that using the token has no effect, because the session is over.
pub async fn a_spent_token_of_an_ended_session_is_unknown(registry: &dyn Registry) {
    let user = a_user().register(registry.users()).await.id;
    let (session, spent) = log_in(registry, user).await;
    let (_, present) = rotate(registry, &spent).await;
    let ended = registry.sessions().end_by_token(&present, &an_origin()).await;
    assert_eq!(ended.expect("the registry answers"), Some(user));
    let (other, _) = log_in(registry, user).await;
    check_over(registry, &session, &[spent, present]).await;
    assert_eq!(sessions_of(registry, user).await, [other.id]);
}

//! Sessions in PostgreSQL, against the contract of their port.

use std::time::Duration;

use application::{
    ports::{NewSession, Rotation, SessionRepository},
    sessions::RefreshToken,
};
use test_builders::{a_user, an_origin, lasting};

use crate::registry::InPostgres;

port_contracts::session_repository_contract!(InPostgres::fresh);

/// There are more expired sessions than one statement deletes; the other sessions are kept, with all their tokens.
#[tokio::test(flavor = "multi_thread")]
async fn expired_sessions_are_deleted_with_their_tokens() {
    let registry = InPostgres::fresh().await;
    let user = a_user().register(&registry.users).await;
    let checked = registry.sessions.credentials_of(user.id).await;
    let checked = checked.expect("an answer").expect("a user");
    let [first, second] = [(); 2].map(|()| RefreshToken::random().hash());
    let an_hour = Duration::from_secs(3_600);
    let session = NewSession {
        token: first,
        ttl: lasting(an_hour),
        user_agent: None,
    };
    let opened = registry.sessions.open(&checked, &an_origin(), session).await;
    opened.expect("an answer").expect("a session");
    let rotated = registry
        .sessions
        .rotate(&first, second, lasting(an_hour), &an_origin())
        .await;
    assert!(matches!(rotated, Ok(Rotation::Renewed { .. })), "{rotated:?}");

    let client = registry.database.client().await;
    let many = "
        INSERT INTO sessions (id, user_id, created_at, refreshed_at, expires_at)
        SELECT gen_random_uuid(), user_id, created_at, refreshed_at, now() - number * interval '1 second'
        FROM sessions, generate_series(1, 2500) AS number;
        INSERT INTO refresh_tokens (hash, session_id, issued_at)
        SELECT sha256(id::text::bytea), id, created_at FROM sessions WHERE expires_at <= now()";
    client.batch_execute(many).await.expect("many sessions");
    for (age, left) in [(2_400, 2_400), (0, 1)] {
        let forgotten = registry.sessions.forget_ended(Duration::from_secs(age)).await;
        forgotten.expect("they are deleted");
        let sessions = client.query("SELECT FROM sessions", &[]).await.expect("a list");
        assert!((left..left + 10).contains(&sessions.len()), "{}", sessions.len());
    }
    let tokens = client
        .query("SELECT FROM refresh_tokens", &[])
        .await
        .expect("a list");
    assert_eq!(tokens.len(), 2);
}

/// A session that lives for months spends a token every few minutes. The tokens spent in the last thirty days are kept,
/// so that presenting one again ends the session, regardless of the time for which ended sessions are kept.
#[tokio::test(flavor = "multi_thread")]
async fn tokens_spent_long_ago_are_deleted_while_their_session_lives() {
    let registry = InPostgres::fresh().await;
    let user = a_user().register(&registry.users).await;
    let checked = registry.sessions.credentials_of(user.id).await;
    let checked = checked.expect("an answer").expect("a user");
    let session = NewSession {
        token: RefreshToken::random().hash(),
        ttl: lasting(Duration::from_secs(3_600)),
        user_agent: None,
    };
    let opened = registry.sessions.open(&checked, &an_origin(), session).await;
    opened.expect("an answer").expect("a session");
    let client = registry.database.client().await;
    let spent = "
        INSERT INTO refresh_tokens (hash, session_id, issued_at, spent_at)
        SELECT sha256(day::text::bytea), id, now() - interval '1 year', now() - day * interval '1 day'
        FROM sessions, generate_series(1, 60) AS day";
    client.batch_execute(spent).await.expect("many spent tokens");

    let forgotten = registry.sessions.forget_ended(Duration::ZERO).await;
    forgotten.expect("they are deleted");

    let left = "SELECT count(*) FILTER (WHERE spent_at IS NULL), count(spent_at) FROM refresh_tokens";
    let row = client.query_one(left, &[]).await.expect("two numbers");
    assert_eq!((row.get::<_, i64>(0), row.get::<_, i64>(1)), (1, 29));
}

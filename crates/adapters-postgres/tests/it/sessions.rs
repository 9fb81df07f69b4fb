//! Who has logged in in PostgreSQL, against the contract of its port.

use std::time::Duration;

use application::{
    identity::RefreshToken,
    ports::{NewSession, Rotation, SessionRepository},
};
use testkit::builders::{a_user, an_origin};

use crate::registry::InPostgres;

testkit::session_repository_contract!(InPostgres::fresh);

/// More of them than one statement takes; those that are not over stay, with all their tokens.
#[tokio::test(flavor = "multi_thread")]
async fn no_row_is_left_of_what_is_over_for_long() {
    let registry = InPostgres::fresh().await;
    let user = a_user().register(&registry.users).await;
    let checked = registry.sessions.credentials_of(user.id).await;
    let checked = checked.expect("an answer").expect("there is one");
    let [first, second] = [(); 2].map(|()| RefreshToken::random().hash());
    let an_hour = Duration::from_secs(3_600);
    let session = NewSession {
        token: first,
        ttl: an_hour,
        user_agent: None,
    };
    let opened = registry.sessions.open(&checked, &an_origin(), session).await;
    opened.expect("an answer").expect("a session");
    let rotated = registry
        .sessions
        .rotate(&first, second, an_hour, &an_origin())
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
        forgotten.expect("they are forgotten");
        let sessions = client.query("SELECT FROM sessions", &[]).await.expect("a list");
        assert!((left..left + 10).contains(&sessions.len()), "{}", sessions.len());
    }
    let tokens = client
        .query("SELECT FROM refresh_tokens", &[])
        .await
        .expect("a list");
    assert_eq!(tokens.len(), 2);
}

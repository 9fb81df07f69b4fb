//! Logging out, revoking one's own sessions, and changing one's own password.

use application::{Actor, Error, Result, sessions::RefreshToken};
use domain::{AuditAction, Role, SessionId};
use uuid::Uuid;

use super::office::{Office, PASSWORD, PER_MINUTE, from};

fn check_is_over<T: std::fmt::Debug>(outcome: Result<T>) {
    let Err(error @ Error::Unauthenticated { .. }) = outcome else {
        panic!("{outcome:?}");
    };
    assert_eq!(error.to_string(), "the session has ended");
}

async fn newest_action(office: &Office) -> AuditAction {
    office.written().await.remove(0).action
}

#[tokio::test]
async fn logging_out_takes_effect_at_once() {
    let office = Office::open();
    office.create_user("ana", Role::Viewer, None).await;
    let (tokens, other) = (office.log_in("ana").await, office.log_in("ana").await);
    let actor = office.actor(&tokens).await.expect("the token is valid");
    for _ in 0..2 {
        office
            .app
            .sessions
            .log_out(&actor)
            .await
            .expect("logged out, now or before");
        check_is_over(office.actor(&tokens).await);
    }
    assert_eq!(newest_action(&office).await, AuditAction::LogOut);
    office.actor(&other).await.expect("another session lasts");
    let without_session = office.app.sessions.log_out(&Actor::command_line()).await;
    assert!(
        matches!(without_session, Err(Error::Unauthenticated { .. })),
        "{without_session:?}"
    );
}

#[tokio::test]
async fn a_refresh_token_is_enough_to_log_out() {
    let office = Office::open();
    office.create_user("ana", Role::Viewer, None).await;
    let tokens = office.log_in("ana").await;
    office.actor(&tokens).await.expect("the token is valid");
    let unknown = RefreshToken::given("fwr_nothing".to_owned());
    for token in [&unknown, &tokens.refresh, &tokens.refresh] {
        let outcome = office.app.sessions.log_out_by_token(token, &from(7)).await;
        outcome.expect("the outcome does not reveal whether the token was valid");
    }
    check_is_over(office.actor(&tokens).await);
    assert_eq!(newest_action(&office).await, AuditAction::LogOut);
}

#[tokio::test]
async fn ones_own_sessions_are_listed_and_the_current_one_is_marked() {
    let office = Office::open();
    office.create_user("ana", Role::Viewer, None).await;
    office.create_user("ben", Role::Viewer, None).await;
    let first = office.log_in("ana").await;
    office.log_in("ben").await;
    office.log_in("ana").await;
    let actor = office.actor(&first).await.expect("the token is valid");
    let seen = office.app.sessions.list(&actor).await.expect("a list");
    let marks: Vec<bool> = seen.iter().map(|view| view.is_current).collect();
    assert_eq!(marks, [false, true], "the newest first");
    assert_eq!(Some(seen[1].session.id), actor.session_id);
    assert_eq!(seen[1].session.user_agent.as_deref(), Some("a browser"));
}

#[tokio::test]
async fn only_ones_own_sessions_can_be_revoked() {
    let office = Office::open();
    office.create_user("ana", Role::Viewer, None).await;
    office.create_user("ben", Role::Admin, None).await;
    let (here, elsewhere) = (office.log_in("ana").await, office.log_in("ana").await);
    let theirs = office.log_in("ben").await;
    let me = office.actor(&here).await.expect("the token is valid");
    let other = office
        .actor(&elsewhere)
        .await
        .expect("the token is valid")
        .session_id;
    let stranger = office.actor(&theirs).await.expect("the token is valid");
    let other = other.expect("a session");
    for (actor, session) in [
        (&stranger, other),
        (&me, stranger.session_id.expect("a session")),
        (&me, SessionId::from_uuid(Uuid::from_u128(404))),
    ] {
        let outcome = office.app.sessions.revoke(actor, session).await;
        assert!(
            matches!(outcome, Err(Error::NotFound { what: "session" })),
            "{outcome:?}"
        );
    }
    office
        .app
        .sessions
        .revoke(&me, other)
        .await
        .expect("a session of the own user");
    assert_eq!(newest_action(&office).await, AuditAction::RevokeSession);
    check_is_over(office.actor(&elsewhere).await);
    office.actor(&here).await.expect("this session lasts");
    office
        .actor(&theirs)
        .await
        .expect("the session of another user lasts");
}

#[tokio::test]
async fn changing_ones_own_password_ends_all_sessions() {
    let office = Office::open();
    office.create_user("ana", Role::Viewer, None).await;
    let (here, elsewhere) = (office.log_in("ana").await, office.log_in("ana").await);
    let actor = office.actor(&here).await.expect("the token is valid");
    let changed = office
        .app
        .sessions
        .change_password(&actor, &PASSWORD.into(), &"a better one".into())
        .await;
    changed.expect("the current password is correct");
    assert_eq!(newest_action(&office).await, AuditAction::ChangePassword);
    check_is_over(office.actor(&here).await);
    check_is_over(office.actor(&elsewhere).await);
    assert!(office.guess("ana", PASSWORD, &from(7)).await.is_err());
    let tokens = office.guess("ana", "a better one", &from(7)).await;
    tokens.expect("the new password is valid");
}

#[tokio::test]
async fn a_password_change_needs_the_current_password_and_a_valid_new_one() {
    let office = Office::open();
    office.create_user("ana-lopez-gomez", Role::Viewer, None).await;
    let actor = office
        .actor(&office.log_in("ana-lopez-gomez").await)
        .await
        .expect("the token is valid");
    for (current, new, expected) in [
        (
            "wrong",
            "a better one",
            "currentPassword must be the current password",
        ),
        (PASSWORD, "short", "newPassword must have at least 12 characters"),
        (
            PASSWORD,
            "ANA-LOPEZ-Gomez",
            "newPassword must not be the username",
        ),
    ] {
        let outcome = office
            .app
            .sessions
            .change_password(&actor, &current.into(), &new.into())
            .await;
        let Err(Error::Invalid(faults)) = outcome else {
            panic!("{outcome:?}");
        };
        assert_eq!(faults.to_string(), expected);
    }
    office.log_in("ana-lopez-gomez").await;
}

#[tokio::test]
async fn password_guesses_with_a_stolen_token_are_rate_limited() {
    let office = Office::open();
    office.create_user("ana", Role::Viewer, None).await;
    let actor = office
        .actor(&office.log_in("ana").await)
        .await
        .expect("the token is valid");
    for _ in 0..PER_MINUTE {
        let outcome = office
            .app
            .sessions
            .change_password(&actor, &"wrong".into(), &"a better one".into())
            .await;
        assert!(matches!(outcome, Err(Error::Invalid(_))), "{outcome:?}");
    }
    let refused = office
        .app
        .sessions
        .change_password(&actor, &PASSWORD.into(), &"a better one".into())
        .await;
    assert!(matches!(refused, Err(Error::RateLimited { .. })), "{refused:?}");
    let written = office.written().await;
    let failed = written
        .iter()
        .filter(|entry| entry.action == AuditAction::FailToLogIn && entry.actor_id == Some(actor.user_id));
    assert_eq!(failed.count(), PER_MINUTE as usize, "each failure is logged");
}

//! Refresh of sessions.

use application::{
    Error, Result,
    ports::SessionRepository as _,
    sessions::{RefreshToken, TokenPair},
};
use domain::{AuditAction, Role};

use super::office::{Office, from};

impl Office {
    async fn refresh(&self, token: &RefreshToken) -> Result<TokenPair> {
        self.app.sessions.refresh(token, &from(8)).await
    }
}

fn check_refused<T: std::fmt::Debug>(outcome: Result<T>) {
    let Err(error @ Error::Unauthenticated { .. }) = outcome else {
        panic!("{outcome:?}");
    };
    assert_eq!(error.to_string(), "the refresh token is not valid");
}

#[tokio::test]
async fn a_refresh_token_gives_the_next_pair() {
    let office = Office::open();
    let ana = office.create_user("ana", Role::Viewer, None).await;
    let mut tokens = office.log_in("ana").await;
    let session = office
        .actor(&tokens)
        .await
        .expect("the token is valid")
        .session_id;
    for _ in 0..3 {
        let next = office.refresh(&tokens.refresh).await.expect("the token is valid");
        assert_ne!(next.refresh.expose(), tokens.refresh.expose());
        assert_eq!(next.user, ana);
        let actor = office.actor(&next).await.expect("the token is valid");
        assert_eq!(actor.session_id, session);
        tokens = next;
    }
    let sessions = office.sessions.find_all(ana.id).await.expect("a list");
    assert_eq!(sessions.len(), 1);
    assert_eq!(sessions[0].address, from(8).address);
}

#[tokio::test]
async fn reuse_of_a_refresh_token_ends_its_session() {
    let office = Office::open();
    let ana = office.create_user("ana", Role::Viewer, None).await;
    let (first, other) = (office.log_in("ana").await, office.log_in("ana").await);
    let second = office.refresh(&first.refresh).await.expect("the token is valid");
    let third = office.refresh(&second.refresh).await.expect("the token is valid");
    for tokens in [&first, &second, &third] {
        office.actor(tokens).await.expect("the session is not over");
    }

    check_refused(office.refresh(&first.refresh).await);
    let entry = office.written().await.remove(0);
    assert_eq!(entry.action, AuditAction::ReuseRefreshToken);
    assert_eq!(entry.actor_id, Some(ana.id));
    check_refused(office.refresh(&third.refresh).await);
    for tokens in [&first, &second, &third] {
        let outcome = office.actor(tokens).await;
        assert!(
            matches!(outcome, Err(Error::Unauthenticated { .. })),
            "{outcome:?}"
        );
    }
    office.actor(&other).await.expect("another session lasts");
    office
        .refresh(&other.refresh)
        .await
        .expect("another session lasts");
}

#[tokio::test]
async fn invalid_refresh_tokens_are_rejected_with_the_same_message() {
    let office = Office::open();
    office.create_user("ana", Role::Viewer, None).await;
    for text in ["", "fwr_", "token 0", &"a".repeat(10_000)] {
        check_refused(office.refresh(&RefreshToken::given(text.to_owned())).await);
    }
}

//! Authentication by access token, for a single request or for a live session.

use std::time::Duration;

use application::{
    Actor, Error, Result,
    identity::{LiveSession, SessionChange},
};
use domain::{AccessScope, GrantTarget, GrantTerms, OrganizationId, Role, UserChanges};
use tokio::time::{Instant, sleep, timeout};

use super::office::{ACCESS_TTL, Office, from};

fn disable() -> UserChanges {
    UserChanges {
        is_enabled: Some(false),
        ..UserChanges::default()
    }
}

/// Time limit for an expected change.
const A_WHILE: Duration = Duration::from_secs(10);

async fn turn(live_session: &mut LiveSession) -> SessionChange {
    let turn = timeout(A_WHILE, live_session.turn()).await;
    turn.expect("a change in time")
}

async fn check_nothing_happens(live_session: &mut LiveSession) {
    assert!(timeout(A_WHILE, live_session.turn()).await.is_err());
}

#[tokio::test(start_paused = true)]
async fn a_token_is_valid_until_it_expires() {
    let office = Office::open();
    office.create_user("ana", Role::Viewer, None).await;
    let tokens = office.log_in("ana").await;
    sleep(ACCESS_TTL - Duration::from_secs(1)).await;
    office.actor(&tokens).await.expect("the token is valid");
    sleep(Duration::from_secs(1)).await;
    let Err(error) = office.actor(&tokens).await else {
        panic!("it is expired");
    };
    assert_eq!(error.to_string(), "the access token has expired");
}

#[tokio::test]
async fn invalid_tokens_are_rejected() {
    let office = Office::open();
    office.create_user("ana", Role::Viewer, None).await;
    for token in ["", "token", "token 404", "fwr_abc"] {
        let outcome: Result<Actor> = office.show_text(token).await;
        let Err(error @ Error::Unauthenticated { .. }) = outcome else {
            panic!("{outcome:?}");
        };
        assert_eq!(error.to_string(), "the access token is not valid");
    }
}

#[tokio::test]
async fn a_token_carries_the_current_rights_of_its_user() {
    let office = Office::open();
    let root = office.create_user("root", Role::Admin, None).await;
    let ana = office
        .create_user("ana", Role::Viewer, Some(OrganizationId::DEFAULT))
        .await;
    let tokens = office.log_in("ana").await;
    let before = office.actor(&tokens).await.expect("the token is valid");
    assert_eq!(*before.scope, AccessScope::nothing());
    let by = &super::office::acting_as(&root);
    let target = GrantTarget::Organization(OrganizationId::DEFAULT);
    let granted = office
        .app
        .grants
        .create(by, Ok((ana.id, GrantTerms::to_operate(target))))
        .await;
    granted.expect("it is granted");
    let after = office.actor(&tokens).await.expect("the token is valid");
    assert_eq!(
        *after.scope,
        AccessScope::of_organization(OrganizationId::DEFAULT)
    );
    assert_eq!(after.origin, from(7));
}

#[tokio::test(start_paused = true)]
async fn live_sessions_are_notified_of_changed_rights() {
    let office = Office::open();
    let by = &super::office::acting_as(&office.create_user("root", Role::Admin, None).await);
    let ana = office.create_user("ana", Role::Viewer, None).await;
    office.create_user("ben", Role::Viewer, None).await;
    let _working = office.work();
    let mut here = office.live_session(&office.log_in("ana").await).await;
    let tokens = office.log_in("ana").await;
    let mut there = [
        office.live_session(&tokens).await,
        office.live_session(&tokens).await,
    ];
    let mut other = office.live_session(&office.log_in("ben").await).await;
    check_nothing_happens(&mut here).await;

    let target = GrantTarget::Organization(OrganizationId::DEFAULT);
    let grant = office
        .app
        .grants
        .create(by, Ok((ana.id, GrantTerms::to_operate(target))))
        .await
        .expect("it is granted");
    for live_session in there.iter_mut().chain([&mut here]) {
        assert_eq!(turn(live_session).await, SessionChange::RightsChanged);
        let scope = &live_session.actor().scope;
        assert_eq!(**scope, AccessScope::of_organization(OrganizationId::DEFAULT));
    }
    office
        .app
        .grants
        .delete(by, grant.id)
        .await
        .expect("it is withdrawn");
    assert_eq!(turn(&mut here).await, SessionChange::RightsChanged);
    assert_eq!(*here.actor().scope, AccessScope::nothing());
    check_nothing_happens(&mut here).await;
    check_nothing_happens(&mut other).await;
}

#[tokio::test(start_paused = true)]
async fn disabling_and_logging_out_end_live_sessions() {
    let office = Office::open();
    let by = &super::office::acting_as(&office.create_user("root", Role::Admin, None).await);
    let ana = office.create_user("ana", Role::Viewer, None).await;
    let _working = office.work();
    let (one, other) = (office.log_in("ana").await, office.log_in("ana").await);
    let mut here = office.live_session(&one).await;
    let mut there = office.live_session(&other).await;
    let actor = here.actor().clone();
    office
        .app
        .sessions
        .log_out(&actor)
        .await
        .expect("the session has ended");
    assert_eq!(turn(&mut here).await, SessionChange::Ended);
    assert_eq!(
        turn(&mut here).await,
        SessionChange::Ended,
        "the result is repeated"
    );
    check_nothing_happens(&mut there).await;

    let update = application::users::UserUpdate {
        changes: disable(),
        password: None,
    };
    let updated = office.app.users.update(by, ana.id, Ok(update)).await;
    updated.expect("it is disabled");
    assert_eq!(turn(&mut there).await, SessionChange::Ended);
}

#[tokio::test(start_paused = true)]
async fn a_live_session_expires_with_its_token() {
    let office = Office::open();
    office.create_user("ana", Role::Viewer, None).await;
    let _working = office.work();
    let mut here = office.live_session(&office.log_in("ana").await).await;
    let began = Instant::now();
    assert_eq!(here.turn().await, SessionChange::Expired);
    let waited = began.elapsed();
    assert!(waited.abs_diff(ACCESS_TTL) < Duration::from_secs(1), "{waited:?}");
    assert_eq!(
        turn(&mut here).await,
        SessionChange::Expired,
        "the result is repeated"
    );
}

#[tokio::test(start_paused = true)]
async fn a_fresh_token_extends_a_live_session() {
    let office = Office::open();
    let by = &super::office::acting_as(&office.create_user("root", Role::Admin, None).await);
    let ana = office.create_user("ana", Role::Viewer, None).await;
    let _working = office.work();
    let first = office.log_in("ana").await;
    let mut here = office.live_session(&first).await;
    let expires_at = here.expires_at();
    sleep(ACCESS_TTL - Duration::from_secs(60)).await;
    let next = office
        .app
        .sessions
        .refresh(&first.refresh, &from(9))
        .await
        .expect("the token is valid");
    let fresh = office.show(&next).await.expect("the token is valid");
    here.renew(fresh).expect("a token of the same user");
    assert!(here.expires_at() > expires_at);
    assert_eq!(here.actor().origin, from(7), "the origin has not changed");
    assert!(
        timeout(ACCESS_TTL - Duration::from_secs(60), here.turn())
            .await
            .is_err()
    );
    let target = GrantTarget::Organization(OrganizationId::DEFAULT);
    let granted = office
        .app
        .grants
        .create(by, Ok((ana.id, GrantTerms::to_operate(target))))
        .await;
    granted.expect("it is granted");
    assert_eq!(turn(&mut here).await, SessionChange::RightsChanged);
    assert_eq!(
        timeout(Duration::from_secs(120), here.turn()).await,
        Ok(SessionChange::Expired)
    );
}

#[tokio::test(start_paused = true)]
async fn a_token_of_another_session_replaces_the_session() {
    let office = Office::open();
    office.create_user("ana", Role::Viewer, None).await;
    let _working = office.work();
    let (first, second) = (office.log_in("ana").await, office.log_in("ana").await);
    let mut here = office.live_session(&first).await;
    let before = here.actor().clone();
    let fresh = office.show(&second).await.expect("the token is valid");
    here.renew(fresh).expect("a token of the same user");
    office
        .app
        .sessions
        .log_out(&before)
        .await
        .expect("the first session is over");
    check_nothing_happens(&mut here).await;
    let now = here.actor().clone();
    office
        .app
        .sessions
        .log_out(&now)
        .await
        .expect("the second session is over");
    assert_eq!(turn(&mut here).await, SessionChange::Ended);
}

#[tokio::test(start_paused = true)]
async fn a_token_of_another_user_is_rejected() {
    let office = Office::open();
    office.create_user("ana", Role::Viewer, None).await;
    office.create_user("ben", Role::Admin, None).await;
    let _working = office.work();
    let mut here = office.live_session(&office.log_in("ana").await).await;
    let expires_at = here.expires_at();
    sleep(Duration::from_secs(60)).await;
    let theirs = office
        .show(&office.log_in("ben").await)
        .await
        .expect("the token is valid");
    let outcome = here.renew(theirs);
    assert!(
        matches!(outcome, Err(Error::Unauthenticated { .. })),
        "{outcome:?}"
    );
    assert_eq!(here.expires_at(), expires_at);
    assert_eq!(&*here.actor().username, "ana");
    check_nothing_happens(&mut here).await;
}

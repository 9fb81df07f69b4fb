use std::time::Duration;

use application::{Error, Result};
use domain::{User, UserChanges};
use futures::future::join_all;
use test_builders::{a_password_hash, a_user, acting_as, an_origin, lasting};
use tokio::time::timeout;

use super::{Registry, rotate};
use crate::{
    people::{A_DAY, credentials, disable, enable, log_in, sessions_of},
    registry::an_administrator,
};

/// Time limit of an operation, far above its usual duration.
const DEADLINE: Duration = Duration::from_secs(60);

/// Opens, refreshes, ends and deletes sessions while their users are disabled, enabled, given new passwords and
/// deleted.
pub async fn concurrent_changes_of_sessions_do_not_deadlock(registry: &dyn Registry) {
    for _ in 0..4 {
        let users = join_all((0..3).map(|_| async { a_user().register(registry.users()).await })).await;
        let all = users.iter().map(|user| a_turmoil(registry, user));
        let turmoil = timeout(DEADLINE, join_all(all)).await;
        turmoil.expect("no deadlock");
        for user in users {
            assert_eq!(sessions_of(registry, user.id).await, []);
        }
    }
}

async fn a_turmoil(registry: &dyn Registry, user: &User) {
    let sessions = registry.sessions();
    let logged_in = join_all((0..4).map(|_| log_in(registry, user.id))).await;
    let by = &acting_as(user, Some(logged_in[0].0.id));
    let checked = &credentials(registry, user.id).await;
    let refreshing = join_all(logged_in.iter().flat_map(|(_, token)| {
        (0..2).map(move |_| async {
            let (_, next) = rotate(registry, token).await;
            rotate(registry, &next).await;
        })
    }));
    let opening = join_all((0..4).map(|_| async {
        let session = application::ports::NewSession {
            token: crate::people::a_token(),
            ttl: lasting(A_DAY),
            user_agent: None,
        };
        let opened = sessions.open(checked, &an_origin(), session).await;
        opened.expect("the registry answers");
    }));
    let ending = async {
        for (session, token) in &logged_in {
            check_possible(sessions.end(by, session.id).await);
            let ended = sessions.end_by_token(token, &an_origin()).await;
            ended.expect("the registry answers");
            sessions
                .forget_ended(Duration::ZERO)
                .await
                .expect("the registry answers");
        }
    };
    let changing = async {
        let (old, new) = (a_password_hash("first"), a_password_hash("second"));
        for changes in [disable(), enable(), UserChanges::default()] {
            let password = Some(new.clone());
            let update = registry
                .users()
                .update(an_administrator(), user.id, changes, password);
            check_possible(update.await.map(drop));
            check_possible(sessions.change_password(by, &new, old.clone()).await);
        }
        let deleted = registry.users().delete(an_administrator(), user.id).await;
        deleted.expect("it is deleted");
    };
    futures::join!(refreshing, opening, ending, changing);
}

/// Accepts a success, or an error because the subject or the actor was deleted.
fn check_possible(outcome: Result<()>) {
    let is_possible = matches!(
        outcome,
        Ok(()) | Err(Error::NotFound { .. } | Error::Unauthenticated { .. })
    );
    assert!(is_possible, "{outcome:?}");
}

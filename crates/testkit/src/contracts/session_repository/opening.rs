use application::ports::{Credentials, NewSession, Session};
use domain::{OrganizationId, UserChanges};
use futures::future::join;

use super::Registry;
use crate::{
    builders::{a_password_hash, a_user, an_origin},
    contracts::{
        people::{A_DAY, a_token, credentials, disable, enable, log_in, rights, sessions_of},
        registry::{an_administrator, check_since, now},
    },
};

/// From where and with what it logged in; as many as it likes.
pub async fn who_logs_in_has_a_session(registry: &dyn Registry) {
    let user = a_user()
        .of(OrganizationId::DEFAULT)
        .register(registry.users())
        .await;
    let checked = credentials(registry, user.id).await;
    for (origin, user_agent) in [
        (an_origin(), Some("a browser".to_owned())),
        (application::Origin::default(), None),
        (an_origin(), Some("ü".repeat(200))),
    ] {
        let session = NewSession {
            token: a_token(),
            ttl: A_DAY,
            user_agent: user_agent.clone(),
        };
        let began = now();
        let opened = registry.sessions().open(&checked, &origin, session).await;
        let opened = opened.expect("an answer").expect("nothing has changed meanwhile");
        let expected = Session {
            user_id: user.id,
            refreshed_at: opened.created_at,
            expires_at: opened.created_at + A_DAY,
            address: origin.address,
            user_agent,
            ..opened.clone()
        };
        assert_eq!(opened, expected);
        check_since(began, opened.created_at);
        assert_eq!(opened.id.as_uuid().get_version_num(), 7);
        let rights = rights(registry, opened.id).await.expect("it is not over");
        assert_eq!(rights.user, user);
        let found = registry.sessions().find_all(user.id).await.expect("a list");
        assert_eq!(found[0], opened);
    }
    assert_eq!(sessions_of(registry, user.id).await.len(), 3);
}

async fn open(registry: &dyn Registry, checked: &Credentials) -> Option<Session> {
    let session = NewSession {
        token: a_token(),
        ttl: A_DAY,
        user_agent: None,
    };
    let opened = registry.sessions().open(checked, &an_origin(), session).await;
    opened.expect("an answer")
}

/// Disabled, deleted, or given another password; another role is no matter.
pub async fn no_session_is_opened_for_who_has_changed_meanwhile(registry: &dyn Registry) {
    let (users, by) = (registry.users(), an_administrator());
    let id = a_user().register(users).await.id;
    let mut checked = credentials(registry, id).await;
    users
        .update(by, id, disable(), None)
        .await
        .expect("it is disabled");
    assert_eq!(open(registry, &checked).await, None);
    users.update(by, id, enable(), None).await.expect("it is enabled");

    let another = Some(a_password_hash("another"));
    let update = users.update(by, id, UserChanges::default(), another).await;
    update.expect("it has another password");
    assert_eq!(open(registry, &checked).await, None);

    checked.password = a_password_hash("another");
    let promote = UserChanges {
        role: Some(domain::Role::Operator),
        ..UserChanges::default()
    };
    users.update(by, id, promote, None).await.expect("it is promoted");
    let opened = open(registry, &checked).await.expect("it may log in");
    let rights = rights(registry, opened.id).await.expect("it is not over");
    assert_eq!(rights.user.role, domain::Role::Operator);

    users.delete(by, id).await.expect("it is deleted");
    assert_eq!(open(registry, &checked).await, None);
    assert_eq!(sessions_of(registry, id).await, []);
}

/// Either it came first, and is ended, or there is none.
pub async fn no_session_is_opened_while_its_user_is_disabled(registry: &dyn Registry) {
    let users = registry.users();
    for _ in 0..10 {
        let id = a_user().register(users).await.id;
        log_in(registry, id).await;
        let checked = credentials(registry, id).await;
        let (_, disabled) = join(
            open(registry, &checked),
            users.update(an_administrator(), id, disable(), None),
        )
        .await;
        disabled.expect("it is disabled");
        assert_eq!(sessions_of(registry, id).await, []);
    }
}

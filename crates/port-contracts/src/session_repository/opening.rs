use std::time::Duration;

use application::{
    Origin, place_of,
    ports::{
        AuditFilter, AuditRecord, Author, Credentials, LOG_INS_REMEMBERED, LogInFailure, MAX_SESSIONS,
        NewSession, Rotation, Session,
    },
};
use domain::{AuditAction, OrganizationId, User, UserChanges};
use futures::future::join;
use test_builders::{a_password_hash, a_user, acting_as, an_origin, lasting};

use super::Registry;
use crate::{
    people::{A_DAY, a_token, credentials, disable, enable, entries, log_in, rights, sessions_of},
    registry::{an_administrator, check_since, now},
};

/// Checks that the session contains the address and the user agent, and that a user may have several sessions.
pub async fn a_log_in_opens_a_session(registry: &dyn Registry) {
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
            ttl: lasting(A_DAY),
            user_agent: user_agent.clone(),
        };
        let began = now();
        let opened = registry.sessions().open(&checked, &origin, session).await;
        let opened = opened
            .expect("the registry answers")
            .expect("the credentials are current");
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
        let rights = rights(registry, opened.id).await.expect("the session is active");
        assert_eq!(rights.user, user);
        let found = registry.sessions().find_all(user.id).await.expect("a list");
        assert_eq!(found[0], opened);
    }
    assert_eq!(sessions_of(registry, user.id).await.len(), 3);
}

async fn open(registry: &dyn Registry, checked: &Credentials) -> Option<Session> {
    let session = NewSession {
        token: a_token(),
        ttl: lasting(A_DAY),
        user_agent: None,
    };
    let opened = registry.sessions().open(checked, &an_origin(), session).await;
    opened.expect("the registry answers")
}

/// Tries credentials that were read before their user was disabled, deleted, or given another password. A new role does
/// not matter.
pub async fn no_session_is_opened_with_outdated_credentials(registry: &dyn Registry) {
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
    update.expect("the password is changed");
    assert_eq!(open(registry, &checked).await, None);

    checked.password = a_password_hash("another");
    let promote = UserChanges {
        role: Some(domain::Role::Operator),
        ..UserChanges::default()
    };
    users.update(by, id, promote, None).await.expect("it is promoted");
    let opened = open(registry, &checked).await.expect("the session is opened");
    let rights = rights(registry, opened.id).await.expect("the session is active");
    assert_eq!(rights.user.role, domain::Role::Operator);

    users.delete(by, id).await.expect("it is deleted");
    assert_eq!(open(registry, &checked).await, None);
    assert_eq!(sessions_of(registry, id).await, []);
}

/// Checks that the session is either opened and then ended, or not opened.
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

/// Checks that the places of a user's log-ins are remembered after a log-out, but not those of other users or of failed
/// log-ins.
pub async fn places_of_earlier_log_ins_are_remembered(registry: &dyn Registry) {
    let [ana, ben] = [
        a_user().register(registry.users()).await,
        a_user().register(registry.users()).await,
    ];
    let place = |address: &str| place_of(address.parse().expect("an address"));
    let began = now() - Duration::from_secs(1);
    let has = async |user: &User, address: &str, since| {
        let found = registry
            .sessions()
            .has_logged_in_from(&user.username, place(address), since)
            .await;
        found.expect("the registry answers")
    };
    let (home, other_home, elsewhere) = ("192.0.2.77", "2001:db8:1:2:3::4", "192.0.2.78");
    for address in [home, other_home] {
        let origin = Origin {
            address: Some(address.parse().expect("an address")),
            request_id: None,
        };
        let checked = credentials(registry, ana.id).await;
        let session = NewSession {
            token: a_token(),
            ttl: lasting(A_DAY),
            user_agent: None,
        };
        let opened = registry.sessions().open(&checked, &origin, session).await;
        let opened = opened
            .expect("the registry answers")
            .expect("the credentials are current");
        let author = Author {
            user_id: None,
            name: ana.username.as_str().into(),
            origin: Origin {
                address: Some(elsewhere.parse().expect("an address")),
                request_id: None,
            },
        };
        let failure = AuditRecord::log_in_failed(Some(&ana), LogInFailure::WrongPassword);
        registry
            .audit()
            .record(&author, failure)
            .await
            .expect("it is recorded");
        let by = acting_as(&ana, Some(opened.id));
        registry
            .sessions()
            .end(&by, opened.id)
            .await
            .expect("the session is ended");
    }
    for (address, expected) in [
        (home, true),
        (other_home, true),
        ("2001:db8:1:2:ffff::1", true),
        ("2001:db8:1:3:3::4", false),
        (elsewhere, false),
        ("192.0.2.7", false),
        ("::ffff:c000:24d", false),
    ] {
        assert_eq!(has(&ana, address, began).await, expected, "{address}");
        assert!(!has(&ben, address, began).await, "{address}");
    }
    let later = now() + Duration::from_secs(1);
    assert!(!has(&ana, home, later).await, "that was before");
    log_in(registry, ana.id).await;
    assert!(has(&ana, home, began).await, "one of a few");
    for _ in 0..LOG_INS_REMEMBERED {
        log_in(registry, ana.id).await;
    }
    assert!(!has(&ana, home, began).await, "many log-ins ago");
}

/// Checks that the log-in ends the session, and that this is audited.
pub async fn too_many_sessions_end_the_least_recently_used_one(registry: &dyn Registry) {
    let user = a_user().register(registry.users()).await;
    let (first, token) = log_in(registry, user.id).await;
    let (second, _) = log_in(registry, user.id).await;
    for _ in 2..MAX_SESSIONS {
        log_in(registry, user.id).await;
    }
    let renewed = registry
        .sessions()
        .rotate(&token, a_token(), lasting(A_DAY), &an_origin())
        .await;
    assert!(matches!(renewed, Ok(Rotation::Renewed { .. })), "{renewed:?}");
    assert_eq!(sessions_of(registry, user.id).await.len(), MAX_SESSIONS);

    let (newest, _) = log_in(registry, user.id).await;
    let left = sessions_of(registry, user.id).await;
    assert_eq!((left.len(), left[0]), (MAX_SESSIONS, newest.id));
    assert!(left.contains(&first.id) && !left.contains(&second.id));
    let ends = AuditFilter {
        action: Some(AuditAction::RevokeSession),
        ..AuditFilter::default()
    };
    let written = entries(registry, &ends).await;
    let ended = written.first().expect("it is audited");
    assert_eq!(ended.subject_id, Some(*second.id.as_uuid()));
    assert_eq!(ended.actor_id, Some(user.id));
}

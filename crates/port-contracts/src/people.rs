//! Functions shared by the contracts for users, grants, sessions and the audit log.

use std::time::Duration;

use application::{
    paging::PageRequest,
    ports::{AuditEntry, AuditFilter, Credentials, NewSession, Session, SessionRights, TokenHash},
    sessions::RefreshToken,
};
use domain::{GrantTarget, SessionId, User, UserChanges, UserId};
use test_builders::{an_origin, lasting};
use uuid::Uuid;

use super::registry::{EVERYTHING, Registry};

/// A duration that outlasts every test.
pub(super) const A_DAY: Duration = Duration::from_secs(86_400);

/// Returns the id of a user that does not exist.
pub(super) fn no_user() -> UserId {
    UserId::from_uuid(Uuid::now_v7())
}

/// Returns the id of a session that does not exist.
pub(super) fn no_session() -> SessionId {
    SessionId::from_uuid(Uuid::now_v7())
}

pub(super) fn a_token() -> TokenHash {
    RefreshToken::random().hash()
}

pub(super) fn disable() -> UserChanges {
    UserChanges {
        is_enabled: Some(false),
        ..UserChanges::default()
    }
}

pub(super) fn enable() -> UserChanges {
    UserChanges {
        is_enabled: Some(true),
        ..UserChanges::default()
    }
}

pub(super) async fn user(registry: &dyn Registry, id: UserId) -> Option<User> {
    let found = registry.users().find_by_id(&EVERYTHING, id).await;
    found.expect("the registry answers")
}

/// Returns the user's credentials with the current password.
pub(super) async fn credentials(registry: &dyn Registry, id: UserId) -> Credentials {
    let found = registry.sessions().credentials_of(id).await;
    found.expect("the registry answers").expect("the user exists")
}

/// Opens a session that expires after a day without a refresh.
pub(super) async fn log_in(registry: &dyn Registry, user: UserId) -> (Session, TokenHash) {
    log_in_for(registry, user, A_DAY).await
}

/// Opens a session that expires after `ttl` without a refresh.
pub(super) async fn log_in_for(registry: &dyn Registry, user: UserId, ttl: Duration) -> (Session, TokenHash) {
    let (checked, token) = (credentials(registry, user).await, a_token());
    let session = NewSession {
        token,
        ttl: lasting(ttl),
        user_agent: Some("a browser".to_owned()),
    };
    let opened = registry.sessions().open(&checked, &an_origin(), session).await;
    let opened = opened
        .expect("the registry answers")
        .expect("the credentials are current");
    (opened, token)
}

pub(super) async fn rights(registry: &dyn Registry, session: SessionId) -> Option<SessionRights> {
    registry
        .sessions()
        .rights(session)
        .await
        .expect("the registry answers")
}

/// Returns the targets granted to a session's user, sorted.
pub(super) async fn granted(registry: &dyn Registry, session: SessionId) -> Vec<GrantTarget> {
    let rights = rights(registry, session).await;
    let granted = rights.expect("the session is active").grants;
    let mut targets: Vec<GrantTarget> = granted.iter().map(|grant| grant.target).collect();
    targets.sort_unstable();
    targets
}

/// Returns the active sessions of a user, newest first.
pub(super) async fn sessions_of(registry: &dyn Registry, user: UserId) -> Vec<SessionId> {
    let found = registry.sessions().find_all(user).await.expect("a list");
    found.iter().map(|session| session.id).collect()
}

/// Returns the audit entries that match a filter, newest first.
pub(super) async fn entries(registry: &dyn Registry, filter: &AuditFilter) -> Vec<AuditEntry> {
    let request = PageRequest::forward(10_000, None);
    let page = registry.audit().find_all(&EVERYTHING, filter, &request).await;
    page.expect("a page").items
}

/// Returns the number of audit entries.
pub(super) async fn count_entries(registry: &dyn Registry) -> u64 {
    let count = registry.audit().count(&EVERYTHING, &AuditFilter::default()).await;
    count.expect("a number")
}

//! Helpers of the contracts about users, grants, sessions and the audit log.

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

/// Longer than any test.
pub(super) const A_DAY: Duration = Duration::from_secs(86_400);

/// A user that is not there.
pub(super) fn no_user() -> UserId {
    UserId::from_uuid(Uuid::now_v7())
}

/// A session that is not there.
pub(super) fn no_session() -> SessionId {
    SessionId::from_uuid(Uuid::now_v7())
}

/// A new token.
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
    found.expect("an answer")
}

/// The user, with its present password.
pub(super) async fn credentials(registry: &dyn Registry, id: UserId) -> Credentials {
    let found = registry.sessions().credentials_of(id).await;
    found.expect("an answer").expect("there is such a user")
}

/// Logs a user in for a day.
pub(super) async fn log_in(registry: &dyn Registry, user: UserId) -> (Session, TokenHash) {
    log_in_for(registry, user, A_DAY).await
}

/// Logs a user in for so long.
pub(super) async fn log_in_for(registry: &dyn Registry, user: UserId, ttl: Duration) -> (Session, TokenHash) {
    let (checked, token) = (credentials(registry, user).await, a_token());
    let session = NewSession {
        token,
        ttl: lasting(ttl),
        user_agent: Some("a browser".to_owned()),
    };
    let opened = registry.sessions().open(&checked, &an_origin(), session).await;
    let opened = opened.expect("an answer").expect("nothing has changed meanwhile");
    (opened, token)
}

pub(super) async fn rights(registry: &dyn Registry, session: SessionId) -> Option<SessionRights> {
    registry.sessions().rights(session).await.expect("an answer")
}

/// The grants of the user of a session, sorted.
pub(super) async fn granted(registry: &dyn Registry, session: SessionId) -> Vec<GrantTarget> {
    let rights = rights(registry, session).await;
    let granted = rights.expect("the session is not over").grants;
    let mut targets: Vec<GrantTarget> = granted.iter().map(|grant| grant.target).collect();
    targets.sort_unstable();
    targets
}

/// The sessions of a user that are not over, the newest first.
pub(super) async fn sessions_of(registry: &dyn Registry, user: UserId) -> Vec<SessionId> {
    let found = registry.sessions().find_all(user).await.expect("a list");
    found.iter().map(|session| session.id).collect()
}

/// The entries of the audit log that a filter lets through, the newest first.
pub(super) async fn entries(registry: &dyn Registry, filter: &AuditFilter) -> Vec<AuditEntry> {
    let request = PageRequest::forward(10_000, None);
    let page = registry.audit().find_all(&EVERYTHING, filter, &request).await;
    page.expect("a page").items
}

/// How many entries there are in the audit log.
pub(super) async fn count_entries(registry: &dyn Registry) -> u64 {
    let count = registry.audit().count(&EVERYTHING, &AuditFilter::default()).await;
    count.expect("a number")
}

use std::{fmt, net::IpAddr, time::Duration};

use async_trait::async_trait;
use domain::{GrantTerms, SessionId, User, UserId, Username};
use time::OffsetDateTime;

use super::PasswordHash;
use crate::{Actor, actor::Origin, error::Result};

/// User with the hash of their password.
#[derive(Debug, Clone)]
pub struct Credentials {
    /// The user, enabled or not.
    pub user: User,
    /// Hash of the user's password.
    pub password: PasswordHash,
}

impl Credentials {
    /// Returns `true` if the user is enabled, and `checked`, with which a password was compared, is still the hash of
    /// the user's password. Every registry calls this under the lock of the user.
    #[must_use]
    pub fn still_allow(&self, checked: &PasswordHash) -> bool {
        self.user.is_enabled && self.password == *checked
    }
}

/// Stored form of a refresh token: its SHA-256 digest. Tokens have 256 random bits, so neither a salt nor a slow hash
/// is needed.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TokenHash([u8; 32]);

impl TokenHash {
    /// Wraps a SHA-256 digest.
    #[must_use]
    pub const fn new(digest: [u8; 32]) -> Self {
        Self(digest)
    }

    /// Returns the digest, for the store.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Debug for TokenHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TokenHash(..)")
    }
}

/// Lifetime of a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SessionTtl {
    /// Maximum time between two refreshes.
    pub idle: Duration,
    /// Maximum time after the log-in, regardless of refreshes.
    pub whole: Duration,
}

impl SessionTtl {
    /// Returns the expiry of a session that was opened at `opened_at` and is refreshed at `now`.
    #[must_use]
    pub fn end(self, opened_at: OffsetDateTime, now: OffsetDateTime) -> OffsetDateTime {
        (now + self.idle).min(opened_at + self.whole)
    }

    /// Returns `true` if a session that was opened at `opened_at` cannot be refreshed at `now`, because it has reached
    /// its maximum lifetime.
    #[must_use]
    pub fn is_over(self, opened_at: OffsetDateTime, now: OffsetDateTime) -> bool {
        self.end(opened_at, now) <= now
    }
}

/// A session to open.
#[derive(Debug, Clone)]
pub struct NewSession {
    /// Hash of its first refresh token.
    pub token: TokenHash,
    /// Its lifetime.
    pub ttl: SessionTtl,
    /// User agent of the client, at most 200 characters.
    pub user_agent: Option<String>,
}

/// Session of a user. It starts with a log-in, and ends when the user logs out, or when the session is revoked or
/// expires. Its consecutive refresh tokens form a family: using one of them twice ends the session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// Id of the session.
    pub id: SessionId,
    /// User of the session.
    pub user_id: UserId,
    /// Time of the log-in.
    pub created_at: OffsetDateTime,
    /// Time of the last refresh, or of the log-in if there has been none.
    pub refreshed_at: OffsetDateTime,
    /// Time at which the session expires, unless it is refreshed.
    pub expires_at: OffsetDateTime,
    /// Client address of the log-in or the last refresh; `None` if it is unknown.
    pub address: Option<IpAddr>,
    /// User agent of the client.
    pub user_agent: Option<String>,
}

/// User of a session, with the grants that determine its rights.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionRights {
    /// Id of the session.
    pub session: SessionId,
    /// User of the session, who is enabled.
    pub user: User,
    /// Grants of the user.
    pub grants: Vec<GrantTerms>,
}

/// Result of [`SessionRepository::rotate`].
#[derive(Debug, Clone)]
#[expect(
    clippy::large_enum_variant,
    reason = "one for each refresh, which writes to a disk"
)]
pub enum Rotation {
    /// The token was valid and is now spent.
    Renewed {
        /// User of the session.
        user: User,
        /// The session after the refresh.
        session: Session,
    },
    /// The token had been spent before, so it may have been stolen. The session has been ended, because the legitimate
    /// client cannot be distinguished from the other one.
    Reused {
        /// User of the ended session.
        user: UserId,
    },
    /// The token is unknown, its session has ended, or its user is disabled.
    Unknown,
}

/// Number of a user's latest log-ins that [`SessionRepository::has_logged_in_from`] examines.
pub const LOG_INS_REMEMBERED: u32 = 100;

/// Maximum number of sessions per user. Opening another session ends the least recently refreshed one.
pub const MAX_SESSIONS: usize = 500;

/// Maximum number of spent refresh tokens that are stored per session. Presenting one of them again ends the session.
/// Older ones are treated as unknown.
pub const MAX_SPENT: usize = 500;

/// The sessions of users, and the passwords that open them. Methods that end sessions add the change of the user's
/// rights to the log of the registry, in the same transaction. Opening a session, ending one and changing the password
/// each add an entry to the audit log, also in this transaction.
///
/// Every method returns [`crate::Error::Unavailable`] promptly when the registry is unreachable.
#[async_trait]
pub trait SessionRepository: Send + Sync {
    /// Returns the credentials of the user with this name, enabled or not.
    async fn credentials(&self, username: &Username) -> Result<Option<Credentials>>;

    /// Returns the credentials of the user with this id, enabled or not.
    async fn credentials_of(&self, user: UserId) -> Result<Option<Credentials>>;

    /// Returns `true` if one of the last [`LOG_INS_REMEMBERED`] log-ins of the user with this name came from `place`
    /// (see [`crate::place_of`]) at or after `since`, according to the audit log.
    async fn has_logged_in_from(
        &self,
        username: &Username,
        place: IpAddr,
        since: OffsetDateTime,
    ) -> Result<bool>;

    /// Replaces the hash `old` with a better hash of the same password. Does nothing if the stored hash is not `old`,
    /// because another call has already replaced it or the password was changed.
    async fn rehash(&self, user: UserId, old: &PasswordHash, new: PasswordHash) -> Result<()>;

    /// Replaces the hash of the caller's password and ends all of the caller's sessions. The comparison with `old` is
    /// part of the transaction, so only one of two concurrent changes succeeds.
    ///
    /// # Errors
    /// Returns [`crate::Error::Unauthenticated`] when the stored hash is not `old`, or the user is disabled or deleted.
    async fn change_password(&self, by: &Actor, old: &PasswordHash, new: PasswordHash) -> Result<()>;

    /// Opens a session for a user whose password has been checked, and ends the least recently refreshed ones beyond
    /// [`MAX_SESSIONS`]. Returns `None` if the user has been disabled or deleted, or their password hash replaced,
    /// since the check: the comparison with `checked` is part of the transaction.
    async fn open(
        &self,
        checked: &Credentials,
        origin: &Origin,
        session: NewSession,
    ) -> Result<Option<Session>>;

    /// Spends a refresh token and stores the next one, keeping up to [`MAX_SPENT`] spent tokens. If several calls spend
    /// the same token concurrently, one gets [`Rotation::Renewed`]. The others find the token spent, and the session
    /// ends. Returns [`Rotation::Unknown`] for a session that has reached its maximum lifetime.
    async fn rotate(
        &self,
        spent: &TokenHash,
        next: TokenHash,
        ttl: SessionTtl,
        origin: &Origin,
    ) -> Result<Rotation>;

    /// Returns the user of a session with their grants; `None` if the session has ended or the user is disabled.
    async fn rights(&self, session: SessionId) -> Result<Option<SessionRights>>;

    /// Returns the sessions of a user that have not ended, newest first.
    async fn find_all(&self, user: UserId) -> Result<Vec<Session>>;

    /// Ends a session of the caller. The audit log records a log-out if the caller uses this session, otherwise a
    /// revocation.
    ///
    /// # Errors
    /// Returns [`crate::Error::NotFound`] for a session that has ended or belongs to another user.
    async fn end(&self, by: &Actor, session: SessionId) -> Result<()>;

    /// Ends the session of a refresh token, spent or not, and returns its user; `None` if there is no such session.
    async fn end_by_token(&self, token: &TokenHash, origin: &Origin) -> Result<Option<UserId>>;

    /// Deletes sessions that expired at least `age` ago, with their tokens. May also delete tokens that were spent at
    /// least `age` and at least 30 days ago.
    async fn forget_ended(&self, age: Duration) -> Result<()>;
}

#[cfg(test)]
mod tests {
    use domain::Role;

    use super::*;

    #[test]
    fn a_session_is_over_at_the_end_of_its_maximum_lifetime() {
        let ttl = SessionTtl {
            idle: Duration::from_secs(10),
            whole: Duration::from_secs(60),
        };
        let opened_at = OffsetDateTime::UNIX_EPOCH;
        let is_over = |after| ttl.is_over(opened_at, opened_at + Duration::from_secs(after));
        assert_eq!(
            [0, 10, 59, 60, 61].map(is_over),
            [false, false, false, true, true]
        );
    }

    #[test]
    fn a_checked_password_is_valid_while_it_is_the_password_of_an_enabled_user() {
        let known = |is_enabled, password: &str| Credentials {
            user: User {
                id: UserId::ANONYMOUS,
                username: Username::new("ana").expect("a name"),
                role: Role::Viewer,
                organization_id: None,
                is_enabled,
                created_at: OffsetDateTime::UNIX_EPOCH,
                updated_at: OffsetDateTime::UNIX_EPOCH,
            },
            password: PasswordHash::new(password),
        };
        let checked = PasswordHash::new("$test$1");
        assert!(known(true, "$test$1").still_allow(&checked));
        assert!(!known(true, "$test$2").still_allow(&checked));
        assert!(!known(false, "$test$1").still_allow(&checked));
    }
}

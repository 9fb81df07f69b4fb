use std::{fmt, net::IpAddr, time::Duration};

use async_trait::async_trait;
use domain::{GrantTerms, SessionId, User, UserId, Username};
use time::OffsetDateTime;

use super::PasswordHash;
use crate::{Actor, actor::Origin, error::Result};

/// A user, and how its password is checked.
#[derive(Debug, Clone)]
pub struct Credentials {
    /// Who.
    pub user: User,
    /// How.
    pub password: PasswordHash,
}

/// What is kept of a refresh token: its SHA-256. A token is random enough that no salt and no slow hash is needed.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TokenHash([u8; 32]);

impl TokenHash {
    /// Wraps the SHA-256 of a token.
    #[must_use]
    pub const fn new(digest: [u8; 32]) -> Self {
        Self(digest)
    }

    /// The bytes, for the store.
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

/// How long a session lasts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SessionTtl {
    /// How long without being refreshed.
    pub idle: Duration,
    /// How long in all, however often it is refreshed.
    pub whole: Duration,
}

impl SessionTtl {
    /// When a session that was opened then, and is refreshed now, ends by itself.
    #[must_use]
    pub fn end(self, opened_at: OffsetDateTime, now: OffsetDateTime) -> OffsetDateTime {
        (now + self.idle).min(opened_at + self.whole)
    }
}

/// A session that is to be.
#[derive(Debug, Clone)]
pub struct NewSession {
    /// Its first refresh token.
    pub token: TokenHash,
    /// How long it lasts.
    pub ttl: SessionTtl,
    /// What the client calls itself, at most 200 characters.
    pub user_agent: Option<String>,
}

/// What begins with a log-in, and ends with a log-out, its revocation, or when it is not refreshed in time. The refresh
/// tokens that follow one another in it are a family: one that is used twice ends all of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// Its identity, for ever.
    pub id: SessionId,
    /// Whose it is.
    pub user_id: UserId,
    /// When the user logged in.
    pub created_at: OffsetDateTime,
    /// When its tokens were last renewed.
    pub refreshed_at: OffsetDateTime,
    /// When it ends by itself.
    pub expires_at: OffsetDateTime,
    /// From where it was last used.
    pub address: Option<IpAddr>,
    /// What the client calls itself.
    pub user_agent: Option<String>,
}

/// Who stands behind a session, with all that decides what it may do and see.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionRights {
    /// The session.
    pub session: SessionId,
    /// Whose it is; enabled.
    pub user: User,
    /// What that user was granted.
    pub grants: Vec<GrantTerms>,
}

/// What came of a refresh token.
#[derive(Debug, Clone)]
#[expect(
    clippy::large_enum_variant,
    reason = "one for each refresh, which writes to a disk"
)]
pub enum Rotation {
    /// It was good, and is spent now.
    Renewed {
        /// Who has it.
        user: User,
        /// The session goes on.
        session: Session,
    },
    /// It was spent already: somebody else has it too. The session is over, whoever is right.
    Reused {
        /// Whose session it was.
        user: UserId,
    },
    /// There is no such token; or its session is over, or its user disabled.
    Unknown,
}

/// How many of a user's log-ins are looked at to know from where it comes.
pub const LOG_INS_REMEMBERED: u32 = 100;

/// How many sessions a user may have. When one more is opened the one ends that was not refreshed for longest.
pub const MAX_SESSIONS: usize = 500;

/// How many spent tokens of a session are known, the newest: one that comes again ends it. One that is older is unknown.
pub const MAX_SPENT: usize = 500;

/// Who has logged in. What ends a session is written into the log of the registry, and all of it into the audit log, in
/// the same step.
///
/// Every method may answer [`crate::Error::Unavailable`] when the registry is away: at once, not by hanging.
#[async_trait]
pub trait SessionRepository: Send + Sync {
    /// The user of that name, disabled or not.
    ///
    /// # Errors
    /// [`crate::Error::Unavailable`].
    async fn credentials(&self, username: &Username) -> Result<Option<Credentials>>;

    /// The user of that id, disabled or not.
    ///
    /// # Errors
    /// [`crate::Error::Unavailable`].
    async fn credentials_of(&self, user: UserId) -> Result<Option<Credentials>>;

    /// Whether one of the last [`LOG_INS_REMEMBERED`] log-ins of the user of that name was since then, and from that
    /// place (see [`crate::place_of`]), as far as the audit log knows.
    ///
    /// # Errors
    /// [`crate::Error::Unavailable`].
    async fn has_logged_in_from(
        &self,
        username: &Username,
        place: IpAddr,
        since: OffsetDateTime,
    ) -> Result<bool>;

    /// Replaces a hash by a better one of the same password, unless it is another one by now.
    ///
    /// # Errors
    /// [`crate::Error::Unavailable`].
    async fn rehash(&self, user: UserId, old: &PasswordHash, new: PasswordHash) -> Result<()>;

    /// Gives a user another password, unless `old` is not its present one by now, and ends all its sessions.
    ///
    /// # Errors
    /// [`crate::Error::Unauthenticated`] when it is not.
    async fn change_password(&self, by: &Actor, old: &PasswordHash, new: PasswordHash) -> Result<()>;

    /// Opens a session for a user whose password was checked, within [`MAX_SESSIONS`]; `None` when the user has been disabled, deleted, or given
    /// another password meanwhile.
    ///
    /// # Errors
    /// [`crate::Error::Unavailable`].
    async fn open(
        &self,
        checked: &Credentials,
        origin: &Origin,
        session: NewSession,
    ) -> Result<Option<Session>>;

    /// Spends a refresh token for the next one, and keeps [`MAX_SPENT`] of them. Of several who spend one at once, one gets the next, and then the
    /// session is ended. One that has lasted as long as it may is over: [`Rotation::Unknown`].
    ///
    /// # Errors
    /// [`crate::Error::Unavailable`].
    async fn rotate(
        &self,
        spent: &TokenHash,
        next: TokenHash,
        ttl: SessionTtl,
        origin: &Origin,
    ) -> Result<Rotation>;

    /// Who stands behind a session; `None` when it is over, or its user is disabled.
    ///
    /// # Errors
    /// [`crate::Error::Unavailable`].
    async fn rights(&self, session: SessionId) -> Result<Option<SessionRights>>;

    /// A user's sessions that are not over, the newest first.
    ///
    /// # Errors
    /// [`crate::Error::Unavailable`].
    async fn find_all(&self, user: UserId) -> Result<Vec<Session>>;

    /// Ends a session of the caller's: by logging out when it is the one that it calls from, else by revoking it.
    ///
    /// # Errors
    /// [`crate::Error::NotFound`].
    async fn end(&self, by: &Actor, session: SessionId) -> Result<()>;

    /// Ends the session that a refresh token belongs to, and gives its user; `None` when there is no such session.
    ///
    /// # Errors
    /// [`crate::Error::Unavailable`].
    async fn end_by_token(&self, token: &TokenHash, origin: &Origin) -> Result<Option<UserId>>;

    /// Forgets sessions that are over for so long.
    ///
    /// # Errors
    /// [`crate::Error::Unavailable`].
    async fn forget_ended(&self, age: Duration) -> Result<()>;
}

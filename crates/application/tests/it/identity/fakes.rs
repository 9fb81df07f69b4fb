//! Fakes of the ports of authentication, which tests can inspect or make unavailable, and a clock that follows tokio's.

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};

use adapters_memory::registry::MemoryRegistry;
use application::{
    Actor, Error, Moment, Origin, Result,
    ports::{
        AccessClaims, Admission, Clock, Credentials, NewSession, PasswordCheck, PasswordHash, PasswordHasher,
        Quota, Rank, RateLimiter, Rotation, Session, SessionRepository, SessionRights, SessionTtl,
        TokenFault, TokenHash, TokenService,
    },
};
use async_trait::async_trait;
use domain::{SessionId, UserId, Username};
use parking_lot::Mutex;
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::{Value, json};
use time::OffsetDateTime;
use tokio::{sync::Notify, task::yield_now, time::Instant};

/// Makes hashes that contain the password. Hashes with the prefix `$old$` are outdated.
#[derive(Default)]
pub(crate) struct FakeHasher {
    /// Number of hashes made. The salt of a hash is the number of earlier ones.
    made: AtomicUsize,
    /// Number of checks with a hash, and number of checks without one.
    pub(crate) checks: [AtomicUsize; 2],
    /// The rank of each call.
    pub(crate) ranks: Mutex<Vec<Rank>>,
}

impl FakeHasher {
    pub(crate) fn hash_of(password: &str) -> PasswordHash {
        PasswordHash::new(format!("$new$a salt${password}"))
    }

    /// Returns `true` for an up-to-date hash of the password, with any salt.
    pub(crate) fn is_hash_of(hash: &PasswordHash, password: &str) -> bool {
        let salted = hash.expose().strip_prefix("$new$");
        let hashed = salted.and_then(|salted| salted.split_once('$'));
        hashed.is_some_and(|(_, hashed)| hashed == password)
    }

    pub(crate) fn outdated_hash_of(password: &str) -> PasswordHash {
        PasswordHash::new(format!("$old${password}"))
    }
}

#[async_trait]
impl PasswordHasher for FakeHasher {
    async fn hash(&self, password: &SecretString, rank: Rank) -> Result<PasswordHash> {
        self.ranks.lock().push(rank);
        yield_now().await;
        let salt = self.made.fetch_add(1, Ordering::SeqCst);
        let password = password.expose_secret();
        Ok(PasswordHash::new(format!("$new${salt}${password}")))
    }

    async fn check(
        &self,
        password: &SecretString,
        hash: Option<&PasswordHash>,
        rank: Rank,
    ) -> Result<PasswordCheck> {
        self.ranks.lock().push(rank);
        self.checks[usize::from(hash.is_none())].fetch_add(1, Ordering::SeqCst);
        // Checking takes time, so other tasks make progress.
        yield_now().await;
        let password = password.expose_secret();
        Ok(match hash {
            Some(hash) if Self::is_hash_of(hash, password) => PasswordCheck::Right { is_outdated: false },
            Some(hash) if *hash == Self::outdated_hash_of(password) => {
                PasswordCheck::Right { is_outdated: true }
            }
            _ => PasswordCheck::Wrong,
        })
    }
}

/// Issues tokens that contain the index of their claims.
#[derive(Default)]
pub(crate) struct FakeTokens(Mutex<Vec<AccessClaims>>);

impl TokenService for FakeTokens {
    fn issue(&self, claims: &AccessClaims) -> SecretString {
        let mut issued = self.0.lock();
        issued.push(claims.clone());
        format!("token {}", issued.len() - 1).into()
    }

    fn verify(&self, token: &str, now: OffsetDateTime) -> Result<AccessClaims, TokenFault> {
        let number = token.strip_prefix("token ").ok_or(TokenFault::Invalid)?;
        let number: usize = number.parse().map_err(|_| TokenFault::Invalid)?;
        let claims = self.0.lock().get(number).cloned().ok_or(TokenFault::Invalid)?;
        match now {
            _ if claims.expires_at <= now => Err(TokenFault::Expired),
            _ if claims.issued_at > now => Err(TokenFault::NotYetValid),
            _ => Ok(claims),
        }
    }

    fn key_set(&self) -> Value {
        json!({"keys": []})
    }
}

/// A clock that follows tokio's, which tests can pause.
pub(crate) struct TokioClock {
    began: OffsetDateTime,
    started: Instant,
}

impl TokioClock {
    pub(crate) fn start() -> Self {
        Self {
            began: OffsetDateTime::now_utc(),
            started: Instant::now(),
        }
    }
}

impl Clock for TokioClock {
    fn now(&self) -> Moment {
        let uptime = self.started.elapsed();
        let calendar = (self.began + uptime).unix_timestamp_nanos() / 1_000;
        Moment {
            unix_us: u64::try_from(calendar).expect("after 1970"),
            uptime_us: u64::try_from(uptime.as_micros()).expect("a short test"),
        }
    }
}

/// A rate limiter whose buckets never refill.
#[derive(Default)]
pub(crate) struct Counter(Mutex<HashMap<String, u32>>);

#[async_trait]
impl RateLimiter for Counter {
    async fn take(&self, bucket: &str, quota: Quota) -> Admission {
        let mut buckets = self.0.lock();
        let taken = buckets.entry(bucket.to_owned()).or_default();
        match quota.burst.get() - *taken {
            0 => Admission::Denied {
                retry_after: quota.period,
            },
            left => {
                *taken += 1;
                Admission::Granted { remaining: left - 1 }
            }
        }
    }
}

/// A store of sessions that can be unavailable, and records the lookups of rights.
pub(crate) struct FlakySessions {
    inner: Arc<MemoryRegistry>,
    pub(crate) is_away: AtomicBool,
    pub(crate) lookups: Mutex<Vec<SessionId>>,
    pub(crate) tidies_for_ever: AtomicBool,
    pub(crate) is_tidying: Notify,
}

impl FlakySessions {
    pub(crate) fn of(inner: Arc<MemoryRegistry>) -> Self {
        Self {
            inner,
            is_away: AtomicBool::new(false),
            lookups: Mutex::default(),
            tidies_for_ever: AtomicBool::new(false),
            is_tidying: Notify::new(),
        }
    }

    fn there(&self) -> Result<&MemoryRegistry> {
        match self.is_away.load(Ordering::SeqCst) {
            false => Ok(&self.inner),
            true => Err(Error::unavailable("database", "connection refused")),
        }
    }
}

#[async_trait]
impl SessionRepository for FlakySessions {
    async fn credentials(&self, username: &Username) -> Result<Option<Credentials>> {
        self.there()?.credentials(username).await
    }

    async fn credentials_of(&self, user: UserId) -> Result<Option<Credentials>> {
        self.there()?.credentials_of(user).await
    }

    async fn has_logged_in_from(
        &self,
        username: &Username,
        place: IpAddr,
        since: OffsetDateTime,
    ) -> Result<bool> {
        self.there()?.has_logged_in_from(username, place, since).await
    }

    async fn rehash(&self, user: UserId, old: &PasswordHash, new: PasswordHash) -> Result<()> {
        self.there()?.rehash(user, old, new).await
    }

    async fn change_password(&self, by: &Actor, old: &PasswordHash, new: PasswordHash) -> Result<()> {
        self.there()?.change_password(by, old, new).await
    }

    async fn open(
        &self,
        checked: &Credentials,
        origin: &Origin,
        session: NewSession,
    ) -> Result<Option<Session>> {
        self.there()?.open(checked, origin, session).await
    }

    async fn rotate(
        &self,
        spent: &TokenHash,
        next: TokenHash,
        ttl: SessionTtl,
        origin: &Origin,
    ) -> Result<Rotation> {
        self.there()?.rotate(spent, next, ttl, origin).await
    }

    async fn rights(&self, session: SessionId) -> Result<Option<SessionRights>> {
        self.lookups.lock().push(session);
        self.there()?.rights(session).await
    }

    async fn find_all(&self, user: UserId) -> Result<Vec<Session>> {
        SessionRepository::find_all(self.there()?, user).await
    }

    async fn end(&self, by: &Actor, session: SessionId) -> Result<()> {
        self.there()?.end(by, session).await
    }

    async fn end_by_token(&self, token: &TokenHash, origin: &Origin) -> Result<Option<UserId>> {
        self.there()?.end_by_token(token, origin).await
    }

    async fn forget_ended(&self, age: Duration) -> Result<()> {
        self.is_tidying.notify_one();
        if self.tidies_for_ever.load(Ordering::SeqCst) {
            std::future::pending::<()>().await;
        }
        self.there()?.forget_ended(age).await
    }
}

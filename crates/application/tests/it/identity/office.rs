//! The environment of the authentication tests: use cases on stores in memory, fakes of the hasher and the tokens,
//! and a clock that follows tokio's.

use std::{
    collections::HashMap,
    net::IpAddr,
    num::NonZeroU32,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};

use adapters_memory::registry::MemoryRegistry;
use application::{
    Actor, Application, Error, Moment, Origin, Result,
    identity::{Identities, LiveSession},
    paging::PageRequest,
    ports::{
        AccessClaims, Admission, AuditEntry, AuditFilter, AuditLog, AuditRecord, AuthPorts, Clock,
        Credentials, NewSession, NewUser, PasswordCheck, PasswordHash, PasswordHasher, Ports, Quota, Rank,
        RateLimiter, Rotation, Session, SessionRepository, SessionRights, SessionTtl, TokenFault, TokenHash,
        TokenService, UserRepository,
    },
    registry_changes::RegistryChanges,
    sessions::{Guess, LogInLimits, NameSeal, SessionRules, TokenPair},
};
use async_trait::async_trait;
use domain::{AccessScope, OrganizationId, PasswordPolicy, Role, SessionId, User, UserId, Username};
use parking_lot::Mutex;
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::{Value, json};
use time::OffsetDateTime;
use tokio::{sync::Notify, task::yield_now, time::Instant};
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::stage::{Stage, settings};

/// The password of every user.
pub(crate) const PASSWORD: &str = "correct horse";

/// Lifetime of an access token.
pub(crate) const ACCESS_TTL: Duration = Duration::from_secs(900);

/// Maximum lifetime of a session, after its last refresh and in total.
const SESSION_TTL: SessionTtl = SessionTtl {
    idle: Duration::from_secs(86_400),
    whole: Duration::from_secs(30 * 86_400),
};

/// Maximum number of log-in attempts per minute for one account from one address.
pub(crate) const PER_MINUTE: u32 = 30;

pub(crate) fn session_rules() -> SessionRules {
    SessionRules {
        access_ttl: ACCESS_TTL,
        session_ttl: SESSION_TTL,
        limits: LogInLimits {
            per_minute: NonZeroU32::new(PER_MINUTE).expect("not zero"),
        },
        passwords: PasswordPolicy::default(),
        seal: NameSeal::new(&[7; 32]),
    }
}

/// Returns fakes of the hasher and the token service.
pub(crate) fn auth_ports() -> AuthPorts {
    AuthPorts {
        hasher: Arc::new(FakeHasher::default()),
        tokens: Arc::new(FakeTokens::default()),
    }
}

/// The use cases for tests that involve users, with fakes that tests can inspect.
pub(crate) struct Office {
    pub(crate) registry: Arc<MemoryRegistry>,
    pub(crate) hasher: Arc<FakeHasher>,
    pub(crate) sessions: Arc<FlakySessions>,
    pub(crate) identities: Arc<Identities>,
    pub(crate) app: Arc<Application>,
}

impl Office {
    /// Creates the use cases on a new registry, without workers.
    pub(crate) fn open() -> Self {
        Self::beside(&Stage::new())
    }

    /// Creates the use cases on the registry and the live core of a stage, with their own identities.
    pub(crate) fn beside(stage: &Stage) -> Self {
        let sessions = Arc::new(FlakySessions::of(stage.repository.clone()));
        let identities = Identities::new(sessions.clone());
        let changes = RegistryChanges::new(stage.live.clone(), identities);
        Self::with(stage, sessions, changes)
    }

    /// Creates the use cases on the registry, the live core and the identities of a stage, whose workers report changes
    /// of rights.
    pub(crate) fn within(stage: &Stage) -> Self {
        let sessions = Arc::new(FlakySessions::of(stage.repository.clone()));
        Self::with(stage, sessions, stage.app.changes().clone())
    }

    fn with(stage: &Stage, sessions: Arc<FlakySessions>, changes: Arc<RegistryChanges>) -> Self {
        let hasher = Arc::new(FakeHasher::default());
        let auth = AuthPorts {
            hasher: hasher.clone(),
            ..auth_ports()
        };
        let ports = Ports {
            sessions: sessions.clone(),
            limiter: Arc::new(Counter::default()),
            clock: Arc::new(TokioClock::start()),
            ..stage.ports.clone()
        };
        Self {
            registry: stage.repository.clone(),
            hasher,
            sessions,
            identities: changes.identities().clone(),
            app: Application::around(changes, ports, auth, settings()),
        }
    }

    /// Runs the worker that looks up changed rights of live sessions, until the guard is dropped.
    pub(crate) fn work(&self) -> DropGuard {
        let stop = CancellationToken::new();
        tokio::spawn(self.identities.clone().run(stop.clone()));
        stop.drop_guard()
    }

    /// Creates a user with [`PASSWORD`].
    pub(crate) async fn create_user(
        &self,
        name: &str,
        role: Role,
        organization: Option<OrganizationId>,
    ) -> User {
        let user = NewUser {
            username: Username::new(name).expect("a name"),
            role,
            organization_id: organization,
            password: FakeHasher::hash_of(PASSWORD),
        };
        let made = UserRepository::create(&*self.registry, &Actor::command_line(), user).await;
        made.expect("the user is created")
    }

    /// Logs in a user with [`PASSWORD`].
    pub(crate) async fn log_in(&self, name: &str) -> TokenPair {
        let tokens = self.guess(name, PASSWORD, &from(7)).await;
        tokens.expect("name and password are correct")
    }

    pub(crate) async fn guess(&self, name: &str, password: &str, origin: &Origin) -> Result<TokenPair> {
        let guess = Guess {
            username: name.to_owned(),
            password: password.into(),
            user_agent: Some("a browser".to_owned()),
        };
        self.app.sessions.log_in(guess, origin).await
    }

    /// Returns the actor of an access token, for a single request.
    pub(crate) async fn actor(&self, tokens: &TokenPair) -> Result<Actor> {
        let shown = self
            .app
            .authenticate
            .execute(tokens.access.expose_secret())
            .await?;
        Ok(shown.actor(from(7)))
    }

    /// Authenticates an access token.
    pub(crate) async fn show(&self, tokens: &TokenPair) -> Result<application::identity::Authenticated> {
        self.app.authenticate.execute(tokens.access.expose_secret()).await
    }

    /// Returns the live session of an access token.
    pub(crate) async fn live_session(&self, tokens: &TokenPair) -> LiveSession {
        let shown = self.show(tokens).await;
        shown.expect("the token is valid").live_session(from(7))
    }

    /// Authenticates a text, which need not be a token.
    pub(crate) async fn show_text(&self, token: &str) -> Result<Actor> {
        let shown = self.app.authenticate.execute(token).await?;
        Ok(shown.actor(from(7)))
    }

    /// Returns the entries of the audit log, newest first.
    pub(crate) async fn written(&self) -> Vec<AuditEntry> {
        let page = PageRequest::forward(10_000, None);
        let all = AuditFilter::default();
        let found = AuditLog::find_all(&*self.registry, &AccessScope::All, &all, &page).await;
        found.expect("the memory store is always available").items
    }
}

/// Returns the origin of a request from an address that ends in `last`.
pub(crate) fn from(last: u8) -> Origin {
    Origin {
        address: Some([192, 0, 2, last].into()),
        request_id: Some("request 7".into()),
    }
}

/// Returns the record that an entry of the audit log was written from.
pub(crate) fn record_of(entry: &AuditEntry) -> AuditRecord {
    AuditRecord {
        action: entry.action,
        subject_id: entry.subject_id,
        organization_id: entry.organization_id,
        before: entry.before.clone(),
        after: entry.after.clone(),
    }
}

/// Returns the actor of a user without grants, in no session.
pub(crate) fn acting_as(user: &User) -> Actor {
    let scope = Arc::new(AccessScope::of_user(user.role, user.organization_id, []));
    Actor {
        user_id: user.id,
        username: user.username.as_str().into(),
        role: user.role,
        organization_id: user.organization_id,
        operable: Arc::clone(&scope),
        scope,
        session_id: None,
        origin: from(7),
    }
}

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
struct Counter(Mutex<HashMap<String, u32>>);

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

/// Sessions that can be unavailable, and record the lookups of rights.
pub(crate) struct FlakySessions {
    inner: Arc<MemoryRegistry>,
    pub(crate) is_away: AtomicBool,
    pub(crate) lookups: Mutex<Vec<SessionId>>,
    pub(crate) tidies_for_ever: AtomicBool,
    pub(crate) is_tidying: Notify,
}

impl FlakySessions {
    fn of(inner: Arc<MemoryRegistry>) -> Self {
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

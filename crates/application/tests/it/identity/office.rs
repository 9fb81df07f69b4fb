//! The environment of the authentication tests: use cases on stores in memory, with fakes.

use std::{num::NonZeroU32, sync::Arc, time::Duration};

use adapters_memory::registry::MemoryRegistry;
use application::{
    Actor, Application, Origin, Result,
    identity::{Identities, LiveSession},
    paging::PageRequest,
    ports::{
        AuditEntry, AuditFilter, AuditLog, AuditRecord, AuthPorts, NewUser, Ports, SessionTtl, UserRepository,
    },
    registry_changes::RegistryChanges,
    sessions::{Guess, LogInLimits, NameSeal, SessionRules, TokenPair},
};
use domain::{AccessScope, OrganizationId, PasswordPolicy, Role, User, Username};
use secrecy::ExposeSecret as _;
use tokio_util::sync::{CancellationToken, DropGuard};

use super::fakes::{Counter, FakeHasher, FakeTokens, FlakySessions, TokioClock};
use crate::stage::{Stage, settings};

/// The password of every user.
pub(crate) const PASSWORD: &str = "correct horse";

/// Lifetime of an access token.
pub(crate) const ACCESS_TTL: Duration = Duration::from_secs(900);

/// Maximum lifetime of a session, after its last refresh, and after the log-in.
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

//! Users with open sessions in an in-memory registry, and the request checks that authenticate them.

use std::{num::NonZeroU32, sync::Arc, time::Duration};

use adapters_auth::{Argon2Hasher, Cost, EdDsaTokens, HasherOptions, SigningKey};
use adapters_memory::{clock::SystemClock, registry::MemoryRegistry};
use application::{
    Actor, Application, Origin, Settings,
    audit::{NoteRefusals, RefusalWriter},
    identity::{Authenticate, Identities},
    live::Live,
    ports::{
        AccessClaims, AuthPorts, Clock, GrantRepository, NewSession, NewUser, PasswordHash,
        PasswordHasher as _, Ports, Rank, SessionRepository as _, TokenService as _, UserRepository,
    },
    registry_changes::RegistryChanges,
    sessions::{LogInLimits, NameSeal, RefreshToken, SessionRules},
};
use domain::{GrantTarget, GrantTerms, OrganizationId, PasswordPolicy, Role, SessionId, User, Username};
use http_edge::{BodyLimits, QuotaRules, RequestChecks, TrustedProxies};
use secrecy::{ExposeSecret as _, SecretString};
use test_builders::lasting;
use time::OffsetDateTime;
use uuid::Uuid;

/// Password of all users that tests create.
pub const PASSWORD: &str = "correct horse battery staple";

/// Default lifetime of sessions and tokens.
const TTL: Duration = Duration::from_secs(600);

/// The users of an in-memory registry, with everything that authenticates them. Hashing is cheap, and the default
/// limits are too high to be reached.
pub struct Staff {
    registry: Arc<MemoryRegistry>,
    tokens: Arc<EdDsaTokens>,
    hasher: Arc<Argon2Hasher>,
    /// Current rights of users with sessions.
    pub identities: Arc<Identities>,
    pub request_checks: RequestChecks,
    refusals: parking_lot::Mutex<Option<RefusalWriter>>,
}

/// A user with an open session.
#[derive(Debug, Clone)]
pub struct Member {
    pub user: User,
    pub session: SessionId,
    pub token: String,
    pub refresh: String,
}

impl Member {
    /// Returns the value of the user's `Authorization` header.
    #[must_use]
    pub fn bearer(&self) -> String {
        format!("Bearer {}", self.token)
    }
}

impl Staff {
    /// Creates the staff of a registry, with limits that are too high for any test to reach.
    #[must_use]
    pub fn of(registry: Arc<MemoryRegistry>) -> Self {
        Self::limited(registry, 1_000_000, 1_000_000)
    }

    /// Creates the staff like [`Staff::of`], with quotas of calls per second and per burst.
    ///
    /// # Panics
    /// Panics if one of the quotas is 0.
    #[must_use]
    pub fn limited(registry: Arc<MemoryRegistry>, per_second: u32, burst: u32) -> Self {
        let key = SigningKey::generate();
        let tokens = Arc::new(EdDsaTokens::new("fleetwatch", &key, &[]));
        let clock: Arc<dyn Clock> = Arc::new(SystemClock::start());
        let identities = Identities::new(registry.clone());
        let authenticate = Authenticate::new(tokens.clone(), Arc::clone(&identities), Arc::clone(&clock));
        let number = |n| NonZeroU32::new(n).expect("not zero");
        let quotas = QuotaRules {
            per_second: number(per_second),
            burst: number(burst),
        };
        let (refusals, writer) = NoteRefusals::new(registry.clone());
        let options = HasherOptions {
            cost: Cost {
                memory_kib: 8,
                passes: 1,
                lanes: 1,
            },
            ..HasherOptions::default()
        };
        Self {
            request_checks: RequestChecks::new(
                authenticate,
                TrustedProxies::default(),
                quotas,
                BodyLimits::default(),
                refusals,
            ),
            hasher: Arc::new(Argon2Hasher::new(options).expect("a cheap hasher")),
            registry,
            tokens,
            identities,
            refusals: parking_lot::Mutex::new(Some(writer)),
        }
    }

    /// Creates a user with grants to operate these targets, and logs the user in.
    ///
    /// # Panics
    /// Panics if the registry rejects the user or a grant.
    pub async fn create_user(
        &self,
        role: Role,
        organization_id: Option<OrganizationId>,
        grants: &[GrantTarget],
    ) -> Member {
        let by = Actor::command_line();
        let name = format!("{}-{}", role.as_str().to_lowercase(), Uuid::now_v7());
        let user = NewUser {
            username: Username::new(&name).expect("a name"),
            role,
            organization_id,
            password: self.hashed(PASSWORD).await,
        };
        let user = UserRepository::create(&*self.registry, &by, user).await;
        let user = user.expect("the user is created");
        for target in grants {
            let granted =
                GrantRepository::create(&*self.registry, &by, user.id, GrantTerms::to_operate(*target)).await;
            granted.expect("the grant is created");
        }
        self.log_in(user).await
    }

    /// Creates and logs in an administrator without an organisation, who may perform all operations.
    pub async fn administrator(&self) -> Member {
        self.create_user(Role::Admin, None, &[]).await
    }

    /// Opens a session of a user.
    ///
    /// # Panics
    /// Panics if the registry rejects the session.
    pub async fn log_in(&self, user: User) -> Member {
        let credentials = self
            .registry
            .credentials_of(user.id)
            .await
            .expect("the registry answers");
        let refresh = RefreshToken::random();
        let session = NewSession {
            token: refresh.hash(),
            ttl: lasting(TTL),
            user_agent: None,
        };
        let credentials = credentials.expect("the user is there");
        let session = self
            .registry
            .open(&credentials, &Origin::default(), session)
            .await;
        let session = session.expect("the registry answers").expect("a session").id;
        Member {
            token: self.token(&user, session, TTL),
            refresh: refresh.expose().to_owned(),
            user,
            session,
        }
    }

    /// Issues an access token that is valid for `ttl`.
    #[must_use]
    pub fn token(&self, user: &User, session: SessionId, ttl: Duration) -> String {
        let issued_at = OffsetDateTime::now_utc();
        let claims = AccessClaims {
            user_id: user.id,
            role: user.role,
            organization_id: user.organization_id,
            session_id: session,
            issued_at,
            expires_at: issued_at + ttl,
        };
        self.tokens.issue(&claims).expose_secret().to_owned()
    }

    async fn hashed(&self, password: &str) -> PasswordHash {
        let hash = self.hasher.hash(&SecretString::from(password), Rank::FIRST).await;
        hash.expect("hashing succeeds")
    }

    /// Takes the writer of refusals, which can be taken only once.
    ///
    /// # Panics
    /// Panics if the writer has already been taken.
    #[must_use]
    pub fn refusal_writer(&self) -> RefusalWriter {
        self.refusals.lock().take().expect("it is taken once")
    }

    /// Creates the application on these ports and this live core, with the staff as its users.
    #[must_use]
    pub fn application(&self, ports: Ports, live: &Arc<Live>) -> Arc<Application> {
        let changes = RegistryChanges::new(Arc::clone(live), Arc::clone(&self.identities));
        let auth = AuthPorts {
            hasher: self.hasher.clone(),
            tokens: self.tokens.clone(),
        };
        // Users and their sessions are always in the staff's registry, regardless of where the vehicles are stored.
        let ports = Ports {
            users: self.registry.clone(),
            grants: self.registry.clone(),
            sessions: self.registry.clone(),
            audit: self.registry.clone(),
            ..ports
        };
        let settings = Settings {
            live: *live.rules(),
            interval: Duration::ZERO,
            sync_interval: Duration::from_millis(10),
            max_messages_per_vehicle: NonZeroU32::new(200).expect("not zero"),
            sessions: SessionRules {
                access_ttl: TTL,
                session_ttl: lasting(TTL),
                limits: LogInLimits {
                    per_minute: NonZeroU32::new(30).expect("not zero"),
                },
                passwords: PasswordPolicy::default(),
                seal: NameSeal::new(&[7; 32]),
            },
        };
        Application::around(changes, ports, auth, settings)
    }
}

//! Sessions of users: logging in, staying logged in and logging out. One file per use case.

mod change_password;
mod failures;
mod limits;
mod list;
mod log_in;
mod log_out;
mod name_seal;
mod refresh;
mod revoke;
mod tokens;

use std::{sync::Arc, time::Duration};

use domain::PasswordPolicy;

use crate::{
    ports::{AuditLog, AuthPorts, PasswordHasher, Ports, RateLimiter, SessionRepository, SessionTtl},
    registry_changes::RegistryChanges,
};

use failures::Failures;
use tokens::IssueTokens;

pub use limits::LogInLimits;
pub use list::SessionView;
pub use log_in::Guess;
pub use name_seal::NameSeal;
pub use tokens::{RefreshToken, TokenPair};

/// The use cases about sessions, and about the password that they begin with.
pub struct Sessions {
    repository: Arc<dyn SessionRepository>,
    hasher: Arc<dyn PasswordHasher>,
    limiter: Arc<dyn RateLimiter>,
    audit: Arc<dyn AuditLog>,
    changes: Arc<RegistryChanges>,
    issue: IssueTokens,
    rules: SessionRules,
    failures: Failures,
}

/// The rules that sessions follow.
#[derive(Debug, Clone)]
pub struct SessionRules {
    /// How long an access token is valid.
    pub access_ttl: Duration,
    /// How long a session lasts.
    pub session_ttl: SessionTtl,
    /// How often one may try to log in.
    pub limits: LogInLimits,
    /// The rules for new passwords.
    pub passwords: PasswordPolicy,
    /// Seals names that no user has.
    pub seal: NameSeal,
}

impl Sessions {
    /// The sessions of a registry.
    #[must_use]
    pub fn new(ports: &Ports, auth: &AuthPorts, changes: Arc<RegistryChanges>, rules: SessionRules) -> Self {
        Self {
            repository: Arc::clone(&ports.sessions),
            hasher: Arc::clone(&auth.hasher),
            limiter: Arc::clone(&ports.limiter),
            audit: Arc::clone(&ports.audit),
            changes,
            issue: IssueTokens {
                tokens: Arc::clone(&auth.tokens),
                clock: Arc::clone(&ports.clock),
                access_ttl: rules.access_ttl,
                session_ttl: rules.session_ttl,
            },
            rules,
            failures: Failures::new(),
        }
    }
}

//! Use cases about sessions: logging in, refreshing tokens and logging out. One file per use case.

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

/// Use cases about sessions, and about the passwords that open them.
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

/// Rules for sessions and passwords.
#[derive(Debug, Clone)]
pub struct SessionRules {
    /// Lifetime of an access token.
    pub access_ttl: Duration,
    /// Lifetime of a session.
    pub session_ttl: SessionTtl,
    /// Limits of attempts to log in.
    pub limits: LogInLimits,
    /// Policy for new passwords.
    pub passwords: PasswordPolicy,
    /// Replaces unknown user names in the audit log.
    pub seal: NameSeal,
}

impl Sessions {
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

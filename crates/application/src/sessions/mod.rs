//! Use cases about sessions and the passwords that open them, one file each.

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
    pub access_ttl: Duration,
    pub session_ttl: SessionTtl,
    /// Limits on attempts to log in.
    pub limits: LogInLimits,
    /// Policy for new passwords.
    pub passwords: PasswordPolicy,
    /// Seal for unknown user names in the audit log, and for account names in rate limits.
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

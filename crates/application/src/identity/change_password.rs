use std::sync::Arc;

use domain::{Operation, PasswordPolicy, Violations};
use secrecy::{ExposeSecret as _, SecretString};

use super::{Identities, Urgency, prepared};
use crate::{
    Actor, Error,
    error::Result,
    live::Live,
    ports::{
        Admission, AuditLog, AuditRecord, Author, LogInFailure, PasswordCheck, PasswordHasher, Quota,
        RateLimiter, SessionRepository,
    },
};

/// Changes one's own password.
pub struct ChangePassword {
    sessions: Arc<dyn SessionRepository>,
    hasher: Arc<dyn PasswordHasher>,
    limiter: Arc<dyn RateLimiter>,
    audit: Arc<dyn AuditLog>,
    identities: Arc<Identities>,
    live: Arc<Live>,
    quota: Quota,
    policy: PasswordPolicy,
}

impl ChangePassword {
    /// With what it needs. Attempts are held to the same quota as log-ins: a stolen token is no way to guess.
    #[must_use]
    #[expect(clippy::too_many_arguments, reason = "they are ports, and made in one place")]
    pub fn new(
        sessions: Arc<dyn SessionRepository>,
        hasher: Arc<dyn PasswordHasher>,
        limiter: Arc<dyn RateLimiter>,
        audit: Arc<dyn AuditLog>,
        identities: Arc<Identities>,
        live: Arc<Live>,
        limits: super::LogInLimits,
        policy: PasswordPolicy,
    ) -> Self {
        Self {
            sessions,
            hasher,
            limiter,
            audit,
            identities,
            live,
            quota: limits.quota(),
            policy,
        }
    }

    /// Changes it. All sessions end, this one too. A wrong present password is written down as a log-in that failed.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a new password that may not be one, or a present one that is not it;
    /// [`Error::RateLimited`].
    pub async fn execute(&self, actor: &Actor, current: &SecretString, new: &SecretString) -> Result<()> {
        actor.must_be_allowed(Operation::ManageOwnAccount)?;
        let bucket = format!("password:{}", actor.user_id);
        let tries = match self.limiter.take(&bucket, self.quota).await {
            Admission::Granted { remaining } => self.quota.burst.get().saturating_sub(remaining),
            Admission::Denied { retry_after } => {
                return Err(Error::RateLimited {
                    what: "changes of the password",
                    retry_after,
                });
            }
        };
        let urgency = Urgency::Usual { failures: tries };
        let found = self.sessions.credentials_of(actor.user_id).await?;
        let found = found.ok_or_else(Error::user_not_found)?;
        self.policy
            .check(new.expose_secret(), Some(&found.user.username))
            .map_err(|fault| Violations::of("newPassword", fault.to_string()))?;
        let check = prepared::check(&*self.hasher, current, Some(&found.password), urgency);
        if check.await? == PasswordCheck::Wrong {
            let record = AuditRecord::log_in_failed(Some(&found.user), LogInFailure::WrongPassword);
            self.audit.record(&Author::from(actor), record).await?;
            return Err(Violations::of("currentPassword", "must be the present password").into());
        }
        let hash = self.hasher.hash(&prepared::prepared(new), urgency.into()).await?;
        self.sessions
            .change_password(actor, &found.password, hash)
            .await?;
        self.identities.rights_changed(actor.user_id);
        self.live.log_grew();
        tracing::info!(user.id = %actor.user_id, "password changed");
        Ok(())
    }
}

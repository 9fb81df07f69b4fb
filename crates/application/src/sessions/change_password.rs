use domain::{Operation, Violations};
use secrecy::{ExposeSecret as _, SecretString};

use super::Sessions;
use crate::{
    Actor, Error,
    error::Result,
    identity::{Urgency, check_password, prepared},
    ports::{Admission, AuditRecord, Author, LogInFailure, PasswordCheck},
};

impl Sessions {
    /// Changes the caller's own password and ends all of its sessions, including the current one. A wrong current
    /// password is recorded in the audit log as a failed log-in. Attempts have the same quota as log-ins, so a stolen
    /// token can't be used to guess the password.
    ///
    /// # Errors
    /// Returns [`Error::Invalid`] for a new password that violates the policy, or a wrong current one;
    /// [`Error::RateLimited`] for too many attempts, or while the queue of the hasher is full; [`Error::NotFound`] when
    /// the user has been deleted; [`Error::Unauthenticated`] when the user was disabled, or the password changed,
    /// during the call.
    pub async fn change_password(
        &self,
        actor: &Actor,
        current: &SecretString,
        new: &SecretString,
    ) -> Result<()> {
        actor.must_be_allowed(Operation::ManageOwnAccount)?;
        let bucket = format!("password:{}", actor.user_id);
        let quota = self.rules.limits.quota();
        // Recent attempts lower the priority, as failed log-ins do.
        let tries = match self.limiter.take(&bucket, quota).await {
            Admission::Granted { remaining } => quota.burst.get().saturating_sub(remaining),
            Admission::Denied { retry_after } => {
                return Err(Error::RateLimited {
                    what: "password changes",
                    retry_after,
                });
            }
        };
        let urgency = Urgency::Usual { failures: tries };
        let found = self.repository.credentials_of(actor.user_id).await?;
        let found = found.ok_or_else(Error::user_not_found)?;
        self.rules
            .passwords
            .check(new.expose_secret(), Some(&found.user.username))
            .map_err(|fault| Violations::of("newPassword", fault.to_string()))?;
        let check = check_password(&*self.hasher, current, Some(&found.password), urgency);
        if check.await? == PasswordCheck::Wrong {
            let record = AuditRecord::log_in_failed(Some(&found.user), LogInFailure::WrongPassword);
            self.audit.record(&Author::from(actor), record).await?;
            return Err(Violations::of("currentPassword", "must be the current password").into());
        }
        let hash = self.hasher.hash(&prepared(new), urgency.into()).await?;
        self.repository
            .change_password(actor, &found.password, hash)
            .await?;
        self.changes.rights_changed(actor.user_id);
        tracing::info!(user.id = %actor.user_id, "password changed");
        Ok(())
    }
}

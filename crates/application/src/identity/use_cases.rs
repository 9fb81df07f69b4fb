use std::sync::Arc;

use domain::PasswordPolicy;

use super::{
    ChangePassword, Identities, IssueTokens, ListSessions, LogIn, LogInLimits, LogOut, NameSeal,
    RefreshSession, RevokeSession,
};
use crate::{
    audit::ListAudit,
    grants::{CreateGrant, DeleteGrant, ListGrants},
    live::Live,
    ports::{AuditLog, GrantRepository, PasswordHasher, RateLimiter, SessionRepository, UserRepository},
    users::{CreateUser, DeleteUser, GetUser, ListUsers, UpdateUser},
};

/// What the use cases about identity are made of.
#[derive(Clone)]
pub struct IdentityParts {
    /// The users.
    pub users: Arc<dyn UserRepository>,
    /// What they were given to see.
    pub grants: Arc<dyn GrantRepository>,
    /// Who has logged in.
    pub sessions: Arc<dyn SessionRepository>,
    /// Who did what.
    pub audit: Arc<dyn AuditLog>,
    /// Makes and checks passwords' hashes.
    pub hasher: Arc<dyn PasswordHasher>,
    /// Counts log-ins.
    pub limiter: Arc<dyn RateLimiter>,
    /// Who stands behind each session.
    pub identities: Arc<Identities>,
    /// The live core, which reads the log when it has grown.
    pub live: Arc<Live>,
    /// Issues tokens.
    pub issue: IssueTokens,
    /// How often somebody may log in.
    pub limits: LogInLimits,
    /// The rules for new passwords.
    pub passwords: PasswordPolicy,
    /// Seals names that no user has.
    pub seal: NameSeal,
}

/// All use cases about who may come in, who may see what, and who did what: every API offers them.
pub struct IdentityUseCases {
    /// The rules for new passwords, for those who read users from documents.
    pub passwords: PasswordPolicy,
    /// Opens a session.
    pub log_in: LogIn,
    /// Goes on with a session.
    pub refresh_session: RefreshSession,
    /// Ends the session.
    pub log_out: LogOut,
    /// Changes one's own password.
    pub change_password: ChangePassword,
    /// Shows one's own sessions.
    pub list_sessions: ListSessions,
    /// Ends one of one's own sessions.
    pub revoke_session: RevokeSession,
    /// Makes a user.
    pub create_user: CreateUser,
    /// Changes a user.
    pub update_user: UpdateUser,
    /// Deletes a user.
    pub delete_user: DeleteUser,
    /// Shows a user.
    pub get_user: GetUser,
    /// Shows a page of users.
    pub list_users: ListUsers,
    /// Gives a user something to see.
    pub create_grant: CreateGrant,
    /// Takes that away.
    pub delete_grant: DeleteGrant,
    /// Shows a page of grants.
    pub list_grants: ListGrants,
    /// Shows a page of the audit log.
    pub list_audit: ListAudit,
}

impl IdentityUseCases {
    /// Makes them all.
    #[must_use]
    pub fn of(parts: IdentityParts) -> Self {
        let IdentityParts {
            users,
            grants,
            sessions,
            audit,
            hasher,
            limiter,
            identities,
            live,
            issue,
            limits,
            passwords,
            seal,
        } = parts;
        let (users, grants) = (|| Arc::clone(&users), || Arc::clone(&grants));
        let (sessions, hasher) = (|| Arc::clone(&sessions), || Arc::clone(&hasher));
        let (limiter, live) = (|| Arc::clone(&limiter), || Arc::clone(&live));
        let identities = || Arc::clone(&identities);
        Self {
            passwords,
            log_in: LogIn::new(
                sessions(),
                hasher(),
                limiter(),
                Arc::clone(&audit),
                issue.clone(),
                limits,
                seal,
            ),
            refresh_session: RefreshSession::new(sessions(), identities(), live(), issue),
            log_out: LogOut::new(sessions(), identities(), live()),
            change_password: ChangePassword::new(
                sessions(),
                hasher(),
                limiter(),
                Arc::clone(&audit),
                identities(),
                live(),
                limits,
                passwords,
            ),
            list_sessions: ListSessions::new(sessions()),
            revoke_session: RevokeSession::new(sessions(), identities(), live()),
            create_user: CreateUser::new(users(), hasher()),
            update_user: UpdateUser::new(users(), hasher(), identities(), live(), passwords),
            delete_user: DeleteUser::new(users(), identities(), live()),
            get_user: GetUser::new(users()),
            list_users: ListUsers::new(users()),
            create_grant: CreateGrant::new(grants(), identities(), live()),
            delete_grant: DeleteGrant::new(grants(), identities(), live()),
            list_grants: ListGrants::new(grants()),
            list_audit: ListAudit::new(audit),
        }
    }
}

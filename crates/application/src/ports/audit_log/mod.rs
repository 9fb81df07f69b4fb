mod author;
mod facts;
mod record;

use async_trait::async_trait;
use domain::{AccessScope, AuditAction, AuditId, OrganizationId, UserId};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::{
    error::Result,
    paging::{Page, PageRequest},
};

pub use author::Author;
pub use facts::Facts;
pub use record::{AuditRecord, LogInFailure};

/// An entry of the audit log.
#[derive(Debug, Clone, PartialEq)]
pub struct AuditEntry {
    /// Its identity; later ones are greater.
    pub id: AuditId,
    /// When it was written.
    pub at: OffsetDateTime,
    /// The user who did it; none when it is not known, as at a failed log-in.
    pub actor_id: Option<UserId>,
    /// The name of that user at the time; at a log-in with a name that no user has, `unknown:` and a mark of that name.
    pub actor_name: String,
    /// From which address, as text.
    pub address: Option<String>,
    /// How logs know the request.
    pub request_id: Option<String>,
    /// What was done.
    pub action: AuditAction,
    /// To what.
    pub subject_id: Option<Uuid>,
    /// The organisation that it concerns.
    pub organization_id: Option<OrganizationId>,
    /// The data that it replaced or removed.
    pub before: Option<Facts>,
    /// The data that it set.
    pub after: Option<Facts>,
}

/// Selects entries; `None` matches all.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct AuditFilter {
    /// By this user.
    pub actor: Option<UserId>,
    /// What was done.
    pub action: Option<AuditAction>,
    /// To what: the id of a vehicle, group, organisation, user, grant or session.
    pub subject: Option<Uuid>,
    /// Not before.
    pub from: Option<OffsetDateTime>,
    /// Before.
    pub to: Option<OffsetDateTime>,
}

/// The audit log. Changes write their entries themselves, in the same step; no entry is ever changed or removed. For a
/// caller there are the entries of the organisations in its scope, and those of no organisation for one that sees
/// everything.
///
/// Every method may answer [`crate::Error::Unavailable`] when the registry is away: at once, not by hanging.
#[async_trait]
pub trait AuditLog: Send + Sync {
    /// Writes down an action that changed nothing.
    ///
    /// # Errors
    /// [`crate::Error::Unavailable`].
    async fn record(&self, author: &Author, record: AuditRecord) -> Result<()>;

    /// A page of the entries, the newest first.
    ///
    /// # Errors
    /// [`crate::Error::Unavailable`].
    async fn find_all(
        &self,
        scope: &AccessScope,
        filter: &AuditFilter,
        page: &PageRequest<AuditId>,
    ) -> Result<Page<AuditEntry>>;

    /// How many entries there are on all pages.
    ///
    /// # Errors
    /// [`crate::Error::Unavailable`].
    async fn count(&self, scope: &AccessScope, filter: &AuditFilter) -> Result<u64>;
}

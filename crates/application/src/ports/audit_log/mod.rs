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

/// Entry of the audit log.
#[derive(Debug, Clone, PartialEq)]
pub struct AuditEntry {
    /// Id of the entry; later entries have greater ids.
    pub id: AuditId,
    /// Time at which the entry was written.
    pub at: OffsetDateTime,
    /// User who performed the action; `None` if it is not known, as for a failed log-in.
    pub actor_id: Option<UserId>,
    /// Name of the user at that time. For a log-in with an unknown name, `unknown:` and a mark of that name.
    pub actor_name: String,
    /// Client address, as text.
    pub address: Option<String>,
    /// Id of the request in the server's logs.
    pub request_id: Option<String>,
    /// The action.
    pub action: AuditAction,
    /// Id of the action's subject.
    pub subject_id: Option<Uuid>,
    /// Organisation that the action concerns.
    pub organization_id: Option<OrganizationId>,
    /// Data that the action replaced or removed.
    pub before: Option<Facts>,
    /// Data that the action set.
    pub after: Option<Facts>,
}

/// Filter for entries. A field that is `None` matches every entry.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct AuditFilter {
    /// User who performed the action.
    pub actor: Option<UserId>,
    /// The action.
    pub action: Option<AuditAction>,
    /// Id of the subject: a vehicle, group, organisation, user, grant or session.
    pub subject: Option<Uuid>,
    /// Start of the period, inclusive.
    pub from: Option<OffsetDateTime>,
    /// End of the period, exclusive.
    pub to: Option<OffsetDateTime>,
}

/// The audit log. Repositories write the entries of their changes themselves, in the transaction of the change. Entries
/// are never changed or removed. A caller sees the entries of the organisations in its scope; entries without an
/// organisation are visible only to callers who see everything.
///
/// Every method returns [`crate::Error::Unavailable`] promptly when the registry is unreachable.
#[async_trait]
pub trait AuditLog: Send + Sync {
    /// Records an action that changed nothing in the registry, such as a failed log-in.
    async fn record(&self, author: &Author, record: AuditRecord) -> Result<()>;

    /// Returns a page of the entries, newest first.
    async fn find_all(
        &self,
        scope: &AccessScope,
        filter: &AuditFilter,
        page: &PageRequest<AuditId>,
    ) -> Result<Page<AuditEntry>>;

    /// Returns the number of entries on all pages.
    async fn count(&self, scope: &AccessScope, filter: &AuditFilter) -> Result<u64>;
}

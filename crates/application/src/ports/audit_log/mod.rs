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
    /// Id of the entry. Ids increase with time.
    pub id: AuditId,
    /// Time at which the entry was written.
    pub at: OffsetDateTime,
    /// Id of the user who performed the action; `None` if the caller was not authenticated.
    pub actor_id: Option<UserId>,
    /// Name of the user at the time of the action. If no user has the name given at a failed log-in, `unknown:`
    /// followed by a mark of that name.
    pub actor_name: String,
    /// Address of the client, as text; `None` for the command line.
    pub address: Option<String>,
    /// Id of the request in the server's logs; `None` for the command line.
    pub request_id: Option<String>,
    /// The action.
    pub action: AuditAction,
    /// Id of the entity that the action concerns; `None` if there is none.
    pub subject_id: Option<Uuid>,
    /// Organisation whose administrators see the entry; `None` if only global administrators see it.
    pub organization_id: Option<OrganizationId>,
    /// Data that the action replaced or removed, if any.
    pub before: Option<Facts>,
    /// Data that the action set, or details of an action that changes nothing (such as the reason for a failed log-in),
    /// if any.
    pub after: Option<Facts>,
}

/// Filter for entries. A field that is `None` matches every entry.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct AuditFilter {
    /// User who performed the action.
    pub actor: Option<UserId>,
    /// The action.
    pub action: Option<AuditAction>,
    /// Id of the subject: a vehicle (also that of dead letters), group, organisation, user, grant or session.
    pub subject: Option<Uuid>,
    /// Start of the period, inclusive.
    pub from: Option<OffsetDateTime>,
    /// End of the period, exclusive.
    pub to: Option<OffsetDateTime>,
}

/// The audit log. Repositories write the entries for their changes themselves, in the transaction of the change.
/// Entries are never changed. A store in memory drops the oldest ones beyond its capacity; other stores keep all of
/// them. A caller sees the entries of the organisations in its scope. Entries without an organisation are visible only
/// to callers who see everything.
///
/// Every method returns [`crate::Error::Unavailable`] promptly when the registry is unreachable.
#[async_trait]
pub trait AuditLog: Send + Sync {
    /// Records an action that changes nothing in the registry, such as a failed log-in.
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

use async_trait::async_trait;
use domain::{AccessScope, AuditAction, AuditId, UserId};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::{
    audit::{AuditEntry, AuditRecord, Author},
    error::Result,
    paging::{Page, PageRequest},
};

/// Which entries; what is `None` does not matter.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct AuditFilter {
    /// What this user did.
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

/// Who did what. Changes write their entries themselves, in their own step; nothing is ever changed or taken away. For a
/// caller there are the entries of the organisations in its scope, those of no organisation for who sees everything.
///
/// Every method may answer [`crate::Error::Unavailable`] when the registry is away: at once, not by hanging.
#[async_trait]
pub trait AuditLog: Send + Sync {
    /// Writes down what changed nothing.
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

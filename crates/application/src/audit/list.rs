use domain::{AuditId, Operation, Violations};

use super::Audit;
use crate::{
    Actor,
    error::Result,
    paging::{Cursor, Listing, PageQuery, PageRequest},
    ports::{AuditEntry, AuditFilter},
};

/// Name of the list in cursors.
const LIST: &str = "audit";

#[derive(Debug, Clone, Default)]
pub struct AuditQuery {
    pub filter: AuditFilter,
    pub page: PageQuery,
}

impl AuditQuery {
    /// Checks the query, so that an API can report its faults together with others.
    ///
    /// # Errors
    /// Returns the violations of the page query.
    pub fn check(&self) -> Result<(), Violations> {
        self.request().map(drop)
    }

    fn request(&self) -> Result<PageRequest<AuditId>, Violations> {
        self.page
            .checked(|cursor| cursor.into_id(LIST).map(AuditId::from_uuid))
    }
}

impl Audit {
    /// Returns a page of the entries that the caller may see, newest first.
    ///
    /// # Errors
    /// Returns [`crate::Error::Forbidden`] unless the caller is an administrator; [`crate::Error::Invalid`] for an
    /// invalid page query.
    pub async fn list(&self, actor: &Actor, query: &AuditQuery) -> Result<Listing<AuditEntry>> {
        actor.must_be_allowed(Operation::ReadAudit)?;
        let request = query.request()?;
        let page = self.log.find_all(&actor.scope, &query.filter, &request).await?;
        let cursor = |entry: &AuditEntry| Cursor::by_id(LIST, *entry.id.as_uuid());
        Ok(Listing::of(page, &request, cursor))
    }

    /// Returns the number of entries on all pages.
    ///
    /// # Errors
    /// Returns [`crate::Error::Forbidden`] unless the caller is an administrator.
    pub async fn count(&self, actor: &Actor, filter: &AuditFilter) -> Result<u64> {
        actor.must_be_allowed(Operation::ReadAudit)?;
        self.log.count(&actor.scope, filter).await
    }
}

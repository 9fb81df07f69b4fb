//! The implementation of the audit log's port.

use application::{
    Error, Result,
    paging::{Page, PageRequest},
    ports::{AuditEntry, AuditFilter, AuditLog, AuditRecord, Author, Facts},
};
use async_trait::async_trait;
use diesel::{pg::Pg, prelude::*};
use diesel_async::RunQueryDsl;
use domain::{AccessScope, AuditId, OrganizationId, UserId};
use futures::FutureExt;
use serde_json::Value;
use time::OffsetDateTime;
use uuid::Uuid;

use super::{times::least_id_at, writing::write_down};
use crate::paging::page_by_id;
use crate::{database::Database, schema::audit_log};

/// Audit log in PostgreSQL.
#[derive(Debug, Clone)]
pub struct PgAuditLog {
    database: Database,
}

impl PgAuditLog {
    /// Creates the log. The migrations must have been applied.
    #[must_use]
    pub const fn new(database: Database) -> Self {
        Self { database }
    }
}

#[async_trait]
impl AuditLog for PgAuditLog {
    async fn record(&self, author: &Author, record: AuditRecord) -> Result<()> {
        let author = author.clone();
        self.database
            .run(move |connection| async move { write_down(connection, &author, [record]).await }.boxed())
            .await
    }

    async fn find_all(
        &self,
        scope: &AccessScope,
        filter: &AuditFilter,
        page: &PageRequest<AuditId>,
    ) -> Result<Page<AuditEntry>> {
        let chosen = self::page(matching(scope, filter), page);
        let rows: Vec<Row> = self
            .database
            .run(|connection| {
                async move { Ok(chosen.select(Row::as_select()).load(connection).await?) }.boxed()
            })
            .await?;
        let entries: Result<Vec<_>> = rows.into_iter().map(AuditEntry::try_from).collect();
        Ok(Page::of(entries?, page))
    }

    async fn count(&self, scope: &AccessScope, filter: &AuditFilter) -> Result<u64> {
        let chosen = matching(scope, filter);
        let count: i64 = self
            .database
            .run_scan(|connection| async move { Ok(chosen.count().get_result(connection).await?) }.boxed())
            .await?;
        u64::try_from(count).map_err(Error::internal)
    }
}

/// Query of entries, to be narrowed further.
pub(super) type Selection = audit_log::BoxedQuery<'static, Pg>;

/// Selects the entries that a caller may see. A single organisation is compared by equality, so the index on the
/// organisation returns the entries in order.
fn visible_to(scope: &AccessScope) -> Selection {
    let all = audit_log::table.into_boxed();
    let AccessScope::Restricted { organizations, .. } = scope else {
        return all;
    };
    let organizations: Vec<Uuid> = organizations.iter().map(|id| *id.as_uuid()).collect();
    match organizations[..] {
        [only] => all.filter(audit_log::organization_id.eq(only)),
        _ => all.filter(audit_log::organization_id.eq_any(organizations)),
    }
}

/// Selects the visible entries that match a filter.
pub(super) fn matching(scope: &AccessScope, filter: &AuditFilter) -> Selection {
    let AuditFilter {
        actor,
        action,
        subject,
        from,
        to,
    } = filter;
    let mut selection = visible_to(scope);
    if let Some(actor) = actor {
        selection = selection.filter(audit_log::actor_id.eq(*actor.as_uuid()));
    }
    if let Some(action) = action {
        selection = selection.filter(audit_log::action.eq(action.as_str()));
    }
    if let Some(subject) = subject {
        selection = selection.filter(audit_log::subject_id.eq(*subject));
    }
    if let Some(from) = from {
        selection = selection.filter(audit_log::id.ge(least_id_at(*from)));
    }
    if let Some(to) = to {
        selection = selection.filter(audit_log::id.lt(least_id_at(*to)));
    }
    selection
}

/// Narrows a query to the entries of a page, plus one more.
pub(super) fn page(chosen: Selection, request: &PageRequest<AuditId>) -> Selection {
    page_by_id!(chosen, audit_log::id, request, downwards)
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = audit_log)]
pub(super) struct Row {
    id: Uuid,
    at: OffsetDateTime,
    actor_id: Option<Uuid>,
    actor_name: String,
    address: Option<String>,
    request_id: Option<String>,
    action: String,
    subject_id: Option<Uuid>,
    organization_id: Option<Uuid>,
    before: Option<Value>,
    after: Option<Value>,
}

impl TryFrom<Row> for AuditEntry {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self> {
        Ok(Self {
            id: AuditId::from_uuid(row.id),
            at: row.at,
            actor_id: row.actor_id.map(UserId::from_uuid),
            actor_name: row.actor_name,
            address: row.address,
            request_id: row.request_id,
            action: row.action.parse().map_err(Error::internal)?,
            subject_id: row.subject_id,
            organization_id: row.organization_id.map(OrganizationId::from_uuid),
            before: facts(row.before, row.id, "before")?,
            after: facts(row.after, row.id, "after")?,
        })
    }
}

fn facts(stored: Option<Value>, entry: Uuid, column: &str) -> Result<Option<Facts>> {
    match stored {
        None => Ok(None),
        Some(Value::Object(facts)) => Ok(Some(facts)),
        Some(_) => Err(Error::internal(format!(
            "column {column} of audit log entry {entry} does not contain a JSON object"
        ))),
    }
}

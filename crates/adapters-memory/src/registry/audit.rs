//! The audit log, with a maximum number of entries.

use application::{
    Result,
    paging::{Page, PageRequest},
    ports::{AuditEntry, AuditFilter, AuditLog, AuditRecord, Author},
};
use async_trait::async_trait;
use domain::{AccessScope, AuditId};
use time::OffsetDateTime;
use uuid::Uuid;

use super::{MemoryRegistry, state::State};

/// Maximum number of entries. Entries are lost with the process anyway; the limit keeps the memory of a long-running
/// server bounded.
const MAX_KEPT: usize = 100_000;

#[async_trait]
impl AuditLog for MemoryRegistry {
    async fn record(&self, author: &Author, record: AuditRecord) -> Result<()> {
        self.state.write().write_down(author.clone(), record);
        Ok(())
    }

    async fn find_all(
        &self,
        scope: &AccessScope,
        filter: &AuditFilter,
        page: &PageRequest<AuditId>,
    ) -> Result<Page<AuditEntry>> {
        let state = self.state.read();
        let list = state.entries(scope, filter);
        Ok(page
            .cut(list, |entry| entry.id, |a, b| b.cmp(a))
            .map(Clone::clone))
    }

    async fn count(&self, scope: &AccessScope, filter: &AuditFilter) -> Result<u64> {
        Ok(self.state.read().entries(scope, filter).count() as u64)
    }
}

impl State {
    /// Appends an entry to the audit log. Beyond [`MAX_KEPT`], the oldest one is dropped.
    pub(super) fn write_down(&mut self, author: impl Into<Author>, record: AuditRecord) {
        if self.audit.len() >= MAX_KEPT {
            self.audit.pop_front();
        }
        self.audit.push_back(entry(author.into(), record));
    }

    /// Returns the entries that a caller may see and that match a filter, the newest first.
    fn entries<'a>(
        &'a self,
        scope: &'a AccessScope,
        filter: &'a AuditFilter,
    ) -> impl DoubleEndedIterator<Item = &'a AuditEntry> {
        let is_visible = |entry: &&AuditEntry| match entry.organization_id {
            Some(organization) => scope.has_organization(organization),
            None => *scope == AccessScope::All,
        };
        self.audit
            .iter()
            .rev()
            .filter(is_visible)
            .filter(|entry| matches(entry, filter))
    }
}

fn matches(entry: &AuditEntry, filter: &AuditFilter) -> bool {
    let AuditFilter {
        actor,
        action,
        subject,
        from,
        to,
    } = filter;
    actor.is_none_or(|actor| entry.actor_id == Some(actor))
        && action.is_none_or(|action| entry.action == action)
        && subject.is_none_or(|subject| entry.subject_id == Some(subject))
        && from.is_none_or(|from| entry.at >= from)
        && to.is_none_or(|to| entry.at < to)
}

fn entry(author: Author, record: AuditRecord) -> AuditEntry {
    let Author {
        user_id,
        name,
        origin,
    } = author;
    let AuditRecord {
        action,
        subject_id,
        organization_id,
        before,
        after,
    } = record;
    let id = Uuid::now_v7();
    AuditEntry {
        id: AuditId::from_uuid(id),
        at: time_in(id),
        actor_id: user_id,
        actor_name: name.to_string(),
        address: origin.address.map(|address| address.to_string()),
        request_id: origin.request_id.map(|id| id.to_string()),
        action,
        subject_id,
        organization_id,
        before,
        after,
    }
}

/// Returns the time that an id contains, in whole milliseconds, so that ids and times have the same order.
fn time_in(id: Uuid) -> OffsetDateTime {
    let (seconds, nanoseconds) = id.get_timestamp().map_or((0, 0), |made_at| made_at.to_unix());
    let nanoseconds = i128::from(seconds) * 1_000_000_000 + i128::from(nanoseconds);
    OffsetDateTime::from_unix_timestamp_nanos(nanoseconds).unwrap_or(OffsetDateTime::UNIX_EPOCH)
}

#[cfg(test)]
mod tests {
    use application::{
        Actor,
        ports::{AuditLog as _, LogInFailure},
    };

    use super::*;

    #[tokio::test]
    async fn the_oldest_entries_are_dropped_first() {
        let registry = MemoryRegistry::new();
        let author = Author::from(&Actor::command_line());
        let record = AuditRecord::log_in_failed(None, LogInFailure::UnknownUser);
        for _ in 0..MAX_KEPT + 2 {
            registry.state.write().write_down(author.clone(), record.clone());
        }
        let third = registry.state.read().audit[0].id;
        let everything = AuditFilter::default();
        let count = registry.count(&AccessScope::All, &everything).await;
        assert_eq!(count.expect("a number"), MAX_KEPT as u64);
        registry.record(&author, record).await.expect("an entry");
        let page = PageRequest::forward(500, Some(third));
        let older = registry.find_all(&AccessScope::All, &everything, &page).await;
        assert_eq!(older.expect("a page").items, []);
    }
}

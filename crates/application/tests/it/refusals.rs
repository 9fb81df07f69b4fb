//! Refusals are written down aside, and not more often than they say something new.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use adapters_memory::registry::MemoryRegistry;
use application::{
    Error, Result,
    audit::NoteRefusals,
    paging::{Page, PageRequest},
    ports::{AuditEntry, AuditFilter, AuditLog, AuditRecord, Author},
};
use async_trait::async_trait;
use domain::{AccessScope, AuditAction, AuditId, Operation, OrganizationId, Role};
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use crate::identity::{Office, acting_as};

/// An audit log that can be away.
struct FlakyLog {
    inner: Arc<MemoryRegistry>,
    is_away: AtomicBool,
}

#[async_trait]
impl AuditLog for FlakyLog {
    async fn record(&self, author: &Author, record: AuditRecord) -> Result<()> {
        match self.is_away.load(Ordering::SeqCst) {
            true => Err(Error::unavailable("database", "connection refused")),
            false => self.inner.record(author, record).await,
        }
    }

    async fn find_all(
        &self,
        scope: &AccessScope,
        filter: &AuditFilter,
        page: &PageRequest<AuditId>,
    ) -> Result<Page<AuditEntry>> {
        AuditLog::find_all(&*self.inner, scope, filter, page).await
    }

    async fn count(&self, scope: &AccessScope, filter: &AuditFilter) -> Result<u64> {
        AuditLog::count(&*self.inner, scope, filter).await
    }
}

/// A desk where refusals are noted, and the log that they go to.
fn a_desk(office: &Office) -> (NoteRefusals, Arc<FlakyLog>) {
    let log = Arc::new(FlakyLog {
        inner: office.registry.clone(),
        is_away: AtomicBool::new(false),
    });
    let (note, writer) = NoteRefusals::new(log.clone());
    tokio::spawn(writer.run(CancellationToken::new()));
    (note, log)
}

/// How many refusals are written down, a moment later.
async fn written(log: &FlakyLog) -> u64 {
    sleep(Duration::from_millis(1)).await;
    let refusals = AuditFilter {
        action: Some(AuditAction::RefuseAccess),
        ..AuditFilter::default()
    };
    let count = log.count(&AccessScope::All, &refusals).await;
    count.expect("memory is never away")
}

#[tokio::test(start_paused = true)]
async fn a_refusal_is_written_once_in_a_minute() {
    let office = Office::open();
    let ana = office
        .hire("ana", Role::Viewer, Some(OrganizationId::DEFAULT))
        .await;
    let ben = office.hire("ben", Role::Operator, None).await;
    let (note, log) = a_desk(&office);
    for _ in 0..50 {
        note.note(&acting_as(&ana), Operation::DeleteVehicles);
    }
    assert_eq!(written(&log).await, 1);
    let entry = office.written().await.remove(0);
    assert_eq!((entry.actor_id, entry.actor_name.as_str()), (Some(ana.id), "ana"));
    assert_eq!(entry.organization_id, Some(OrganizationId::DEFAULT));
    assert_eq!(entry.address.as_deref(), Some("192.0.2.7"));
    let after = entry.after.expect("what was refused");
    assert_eq!(after["operation"], "vehicles:delete");

    note.note(&acting_as(&ana), Operation::ManageUsers);
    note.note(&acting_as(&ben), Operation::DeleteVehicles);
    assert_eq!(written(&log).await, 3, "another operation, and another user");
    sleep(Duration::from_secs(59)).await;
    note.note(&acting_as(&ana), Operation::DeleteVehicles);
    assert_eq!(written(&log).await, 3);
    sleep(Duration::from_secs(1)).await;
    note.note(&acting_as(&ana), Operation::DeleteVehicles);
    assert_eq!(written(&log).await, 4);
}

#[tokio::test(start_paused = true)]
async fn what_could_not_be_written_is_written_the_next_time() {
    let office = Office::open();
    let ana = acting_as(&office.hire("ana", Role::Viewer, None).await);
    let (note, log) = a_desk(&office);
    log.is_away.store(true, Ordering::SeqCst);
    note.note(&ana, Operation::ManageUsers);
    assert_eq!(written(&log).await, 0);
    log.is_away.store(false, Ordering::SeqCst);
    note.note(&ana, Operation::ManageUsers);
    assert_eq!(written(&log).await, 1);
}

#[tokio::test(start_paused = true)]
async fn nobody_waits_for_the_log_and_nobody_fills_the_memory() {
    let office = Office::open();
    let mut actor = acting_as(&office.hire("ana", Role::Viewer, None).await);
    let (note, writer) = NoteRefusals::new(office.registry.clone());
    for number in 0..1_500 {
        actor.user_id = domain::UserId::from_uuid(uuid::Uuid::from_u128(number));
        note.note(&actor, Operation::ManageUsers);
    }
    drop(note);
    writer.run(CancellationToken::new()).await;
    let refusals = AuditFilter {
        action: Some(AuditAction::RefuseAccess),
        ..AuditFilter::default()
    };
    let count = AuditLog::count(&*office.registry, &AccessScope::All, &refusals).await;
    assert_eq!(count.expect("memory is never away"), 1_000);
}

//! Refusals are recorded in the background, and repeated ones at most once per minute.

use std::{
    future::pending,
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
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;

use crate::identity::{Office, acting_as};

/// An audit log that can be unavailable, or hang.
struct FlakyLog {
    inner: Arc<MemoryRegistry>,
    is_away: AtomicBool,
    /// Whether calls wait for an answer that never arrives.
    hangs: AtomicBool,
}

#[async_trait]
impl AuditLog for FlakyLog {
    async fn record(&self, author: &Author, record: AuditRecord) -> Result<()> {
        if self.hangs.load(Ordering::SeqCst) {
            pending::<()>().await;
        }
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

fn a_log(office: &Office) -> Arc<FlakyLog> {
    Arc::new(FlakyLog {
        inner: office.registry.clone(),
        is_away: AtomicBool::new(false),
        hangs: AtomicBool::new(false),
    })
}

/// Starts the recording of refusals. Returns its sender, and the log to which it writes.
fn a_recorder(office: &Office) -> (NoteRefusals, Arc<FlakyLog>) {
    let log = a_log(office);
    let (note, writer) = NoteRefusals::new(log.clone());
    tokio::spawn(writer.run(CancellationToken::new()));
    (note, log)
}

/// Waits a moment, and returns the number of refusals in the log.
async fn written(log: &FlakyLog) -> u64 {
    sleep(Duration::from_millis(1)).await;
    let refusals = AuditFilter {
        action: Some(AuditAction::RefuseAccess),
        ..AuditFilter::default()
    };
    let count = log.count(&AccessScope::All, &refusals).await;
    count.expect("the memory store is always available")
}

#[tokio::test(start_paused = true)]
async fn a_repeated_refusal_is_logged_once_per_minute() {
    let office = Office::open();
    let ana = office
        .create_user("ana", Role::Viewer, Some(OrganizationId::DEFAULT))
        .await;
    let ben = office.create_user("ben", Role::Operator, None).await;
    let (note, log) = a_recorder(&office);
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
async fn a_refusal_that_could_not_be_logged_is_logged_the_next_time() {
    let office = Office::open();
    let ana = acting_as(&office.create_user("ana", Role::Viewer, None).await);
    let (note, log) = a_recorder(&office);
    log.is_away.store(true, Ordering::SeqCst);
    note.note(&ana, Operation::ManageUsers);
    assert_eq!(written(&log).await, 0);
    log.is_away.store(false, Ordering::SeqCst);
    note.note(&ana, Operation::ManageUsers);
    assert_eq!(written(&log).await, 1);
}

#[tokio::test(start_paused = true)]
async fn refusals_that_wait_when_the_server_stops_are_logged() {
    let office = Office::open();
    let ana = acting_as(&office.create_user("ana", Role::Viewer, None).await);
    let log = a_log(&office);
    let (note, writer) = NoteRefusals::new(log.clone());
    note.note(&ana, Operation::ManageUsers);
    note.note(&ana, Operation::DeleteVehicles);
    let stop = CancellationToken::new();
    stop.cancel();
    writer.run(stop).await;
    assert_eq!(written(&log).await, 2);
}

#[tokio::test(start_paused = true)]
async fn a_log_that_hangs_delays_the_shutdown_by_two_seconds() {
    let office = Office::open();
    let ana = acting_as(&office.create_user("ana", Role::Viewer, None).await);
    let log = a_log(&office);
    let (note, writer) = NoteRefusals::new(log.clone());
    log.hangs.store(true, Ordering::SeqCst);
    note.note(&ana, Operation::ManageUsers);
    let stop = CancellationToken::new();
    stop.cancel();
    let began = Instant::now();
    writer.run(stop).await;
    assert_eq!(began.elapsed(), Duration::from_secs(2));
}

#[tokio::test(start_paused = true)]
async fn recording_neither_blocks_nor_exceeds_its_capacity() {
    let office = Office::open();
    let mut actor = acting_as(&office.create_user("ana", Role::Viewer, None).await);
    let (note, writer) = NoteRefusals::new(office.registry.clone());
    for number in 0..1_500 {
        actor.user_id = domain::UserId::from_uuid(uuid::Uuid::from_u128(number));
        note.note(&actor, Operation::ManageUsers);
    }
    assert_eq!(note.waiting_and_capacity(), (1_000, 1_000));
    drop(note);
    writer.run(CancellationToken::new()).await;
    let refusals = AuditFilter {
        action: Some(AuditAction::RefuseAccess),
        ..AuditFilter::default()
    };
    let count = AuditLog::count(&*office.registry, &AccessScope::All, &refusals).await;
    assert_eq!(count.expect("the memory store is always available"), 1_000);
}

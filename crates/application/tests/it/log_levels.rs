//! Changes of the log level: who may make them, their entries in the audit log, and their end.

use std::{sync::Arc, time::Duration};

use adapters_memory::log_control::MemoryLogControl;
use application::{
    Actor, Application, Error, Result,
    log_level::LogLevelChange,
    paging::{Page, PageRequest},
    ports::{AuditEntry, AuditFilter, AuditLog, AuditRecord, Author, LogControl},
};
use async_trait::async_trait;
use domain::{AccessScope, AuditAction, AuditId, OrganizationId, Role};
use serde_json::json;
use tokio::time::{Instant, sleep, sleep_until};
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::stage::{Stage, a, an_administrator};

const MINUTE: Duration = Duration::from_secs(60);

fn change(level: &str, lasting: Duration) -> LogLevelChange {
    LogLevelChange::new(level.parse().expect("a level"), Some(lasting))
}

/// Runs the task that ends changes, until the guard is dropped.
fn keep_time(app: &Application) -> DropGuard {
    let stop = CancellationToken::new();
    tokio::spawn(Arc::clone(&app.log_level).run(stop.clone()));
    stop.drop_guard()
}

/// Sleeps until shortly after a time, so that tasks that wait for this time have run.
async fn until_just_after(time: Instant) {
    sleep_until(time + Duration::from_millis(10)).await;
}

#[tokio::test(start_paused = true)]
async fn a_change_is_recorded_and_ends_by_itself() {
    let stage = Stage::new();
    let (app, control) = (&stage.app, &stage.ports.log_control);
    let _working = keep_time(app);
    let administrator = an_administrator();
    let before = app.log_level.get(&administrator).expect("allowed");
    assert_eq!((before.level.as_str(), before.until), ("info", None));

    let began = Instant::now();
    let changed = app.log_level.change(&administrator, Ok(change("debug", MINUTE)));
    let changed = changed.await.expect("allowed");
    assert_eq!(
        (changed.level.as_str(), changed.configured.as_str()),
        ("debug", "info")
    );
    assert!(changed.until.is_some());
    assert_eq!(control.current(), "debug");
    let filter = AuditFilter {
        action: Some(AuditAction::ChangeLogLevel),
        ..AuditFilter::default()
    };
    let query = application::audit::AuditQuery {
        filter,
        ..Default::default()
    };
    let entries = app.audit.list(&administrator, &query).await.expect("allowed");
    let [entry] = &entries.entries[..] else {
        panic!("one entry is expected")
    };
    let entry = &entry.item;
    assert_eq!(entry.actor_id, Some(administrator.user_id));
    assert_eq!(entry.organization_id, None);
    assert_eq!(entry.before, json!({"level": "info"}).as_object().cloned());
    assert_eq!(
        entry.after,
        json!({"level": "debug", "forMs": 60_000}).as_object().cloned()
    );

    sleep_until(began + MINUTE - Duration::from_secs(1)).await;
    assert_eq!(control.current(), "debug");
    until_just_after(began + MINUTE).await;
    assert_eq!(app.log_level.get(&administrator).expect("allowed"), before);
}

#[tokio::test(start_paused = true)]
async fn a_later_change_replaces_the_level_and_its_end() {
    let stage = Stage::new();
    let (app, control) = (&stage.app, &stage.ports.log_control);
    let _working = keep_time(app);
    let began = Instant::now();
    for (level, lasting) in [("debug", MINUTE), ("trace", 3 * MINUTE)] {
        app.log_level
            .change(&an_administrator(), Ok(change(level, lasting)))
            .await
            .expect("allowed");
        sleep(Duration::from_secs(1)).await;
    }
    until_just_after(began + MINUTE).await;
    assert_eq!(control.current(), "trace");
    // A shorter time replaces a longer one too.
    app.log_level
        .change(&an_administrator(), Ok(change("warn", MINUTE)))
        .await
        .expect("allowed");
    until_just_after(Instant::now() + MINUTE).await;
    assert_eq!(control.current(), "info");
}

#[tokio::test]
async fn only_administrators_without_an_organisation_see_and_change_the_level() {
    let stage = Stage::new();
    let of_an_organization = Actor {
        organization_id: Some(OrganizationId::DEFAULT),
        ..an_administrator()
    };
    for actor in [a(Role::Viewer), a(Role::Operator), of_an_organization.clone()] {
        let seen = stage.app.log_level.get(&actor);
        assert!(matches!(seen, Err(Error::Forbidden { .. })), "{seen:?}");
        let changed = stage.app.log_level.change(&actor, Ok(change("debug", MINUTE)));
        assert!(matches!(changed.await, Err(Error::Forbidden { .. })));
    }
    let refused = stage
        .app
        .log_level
        .get(&of_an_organization)
        .expect_err("not allowed");
    assert_eq!(
        refused.to_string(),
        "not allowed: logs:manage requires the role ADMIN without an organisation"
    );
    assert_eq!(stage.ports.log_control.current(), "info");
}

/// An audit log that is unavailable.
struct AwayLog;

#[async_trait]
impl AuditLog for AwayLog {
    async fn record(&self, _: &Author, _: AuditRecord) -> Result<()> {
        Err(Error::unavailable("database", "connection refused"))
    }

    async fn find_all(
        &self,
        _: &AccessScope,
        _: &AuditFilter,
        _: &PageRequest<AuditId>,
    ) -> Result<Page<AuditEntry>> {
        Err(Error::unavailable("database", "connection refused"))
    }

    async fn count(&self, _: &AccessScope, _: &AuditFilter) -> Result<u64> {
        Err(Error::unavailable("database", "connection refused"))
    }
}

#[tokio::test]
async fn a_change_that_cannot_be_recorded_has_no_effect() {
    let stage = Stage::new();
    let control = Arc::new(MemoryLogControl::default());
    let app = stage.with(|ports| {
        ports.audit = Arc::new(AwayLog);
        ports.log_control = control.clone();
    });
    let changed = app
        .log_level
        .change(&an_administrator(), Ok(change("debug", MINUTE)))
        .await;
    assert!(matches!(changed, Err(Error::Unavailable { .. })), "{changed:?}");
    assert_eq!(control.current(), "info");
    let status = app.log_level.get(&an_administrator()).expect("allowed");
    assert_eq!(status.until, None);
}

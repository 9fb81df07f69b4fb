//! The audit log in PostgreSQL, against the contract of its port, and the protection of its entries.

use application::ports::{AuditFilter, AuditLog, AuditRecord, Author, LogInFailure};
use domain::AccessScope;
use rstest::rstest;
use test_builders::an_administrator;

use crate::registry::InPostgres;

port_contracts::audit_log_contract!(InPostgres::fresh);

/// Not even a superuser, who connects here, may change entries.
#[rstest]
#[case("UPDATE audit_log SET actor_name = 'somebody else'")]
#[case("UPDATE audit_log SET actor_name = 'nobody' WHERE false")]
#[case("DELETE FROM audit_log")]
#[case("TRUNCATE audit_log")]
#[case("TRUNCATE organizations, audit_log CASCADE")]
#[case("SET session_replication_role = replica; DELETE FROM audit_log")]
#[tokio::test(flavor = "multi_thread")]
async fn entries_can_be_neither_changed_nor_removed(#[case] statement: &str) {
    let registry = InPostgres::fresh().await;
    let author = Author::from(an_administrator());
    let record = AuditRecord::log_in_failed(None, LogInFailure::UnknownUser);
    let recorded = registry.audit.record(&author, record).await;
    recorded.expect("the entry is written");
    let outcome = registry.database.client().await.batch_execute(statement).await;
    let error = outcome.expect_err("a refusal");
    let refusal = error.as_db_error().expect("a refusal by the database");
    assert_eq!(
        refusal.constraint(),
        Some("audit_log_is_only_added_to"),
        "{refusal}"
    );
    let kept = registry
        .audit
        .count(&AccessScope::All, &AuditFilter::default())
        .await;
    assert_eq!(kept.expect("a number"), 1);
}

//! The contract of `AuditLog`, and of every registry that writes to it.
//!
//! `port_contracts::audit_log_contract!(MyRegistry::fresh);` generates a test for each check below.

mod identity;
mod organizing;
mod reading;
mod silence;
mod vehicles;

use application::{
    Actor,
    ports::{AuditEntry, AuditFilter, AuditRecord},
};
use domain::{Role, User, UserId, Username};
use test_builders::acting_as;
use time::OffsetDateTime;
use uuid::Uuid;

pub use self::{identity::*, organizing::*, reading::*, silence::*, vehicles::*};
use super::people::entries;
pub use super::registry::Registry;

/// Generates a test for each check of the contract.
#[macro_export]
macro_rules! audit_log_contract {
    ($registry:expr) => {
        $crate::contract! { audit_log, $registry =>
            every_change_of_a_vehicle_is_audited
            an_entry_contains_old_and_new_values_of_changed_fields
            several_vehicles_are_audited_individually
            more_vehicles_than_one_statement_takes_are_audited
            entering_and_leaving_a_group_is_audited

            every_change_of_a_group_is_audited
            every_change_of_an_organization_is_audited

            every_change_of_a_user_is_audited
            the_first_user_is_audited
            every_grant_is_audited
            a_grant_that_is_deleted_with_its_subject_is_audited
            the_start_and_end_of_a_session_are_audited
            a_reused_token_is_audited
            a_password_change_is_audited_without_the_password
            the_command_line_is_audited_by_its_name

            failed_commands_are_not_audited
            commands_without_effect_are_not_audited
            a_rehearsal_is_not_audited
            a_reported_status_is_not_audited

            recorded_entries_are_read_back
            entries_are_read_in_pages_newest_first
            every_filter_finds_its_entries
            filters_of_entries_are_combined
            an_entry_is_visible_within_its_organization
        }
    };
}

/// Returns a global administrator with an origin.
fn an_actor() -> Actor {
    let user = User {
        id: UserId::from_uuid(Uuid::now_v7()),
        username: Username::new("the-chief").expect("a name"),
        role: Role::Admin,
        organization_id: None,
        is_enabled: true,
        created_at: OffsetDateTime::UNIX_EPOCH,
        updated_at: OffsetDateTime::UNIX_EPOCH,
    };
    acting_as(&user, None)
}

/// Returns the entries of an actor, oldest first.
async fn done_by(registry: &dyn Registry, by: &Actor) -> Vec<AuditEntry> {
    let filter = AuditFilter {
        actor: Some(by.user_id),
        ..AuditFilter::default()
    };
    let mut entries = entries(registry, &filter).await;
    entries.reverse();
    entries
}

/// Returns the record of an entry, without author and time.
fn record_in(entry: &AuditEntry) -> AuditRecord {
    AuditRecord {
        action: entry.action,
        subject_id: entry.subject_id,
        organization_id: entry.organization_id,
        before: entry.before.clone(),
        after: entry.after.clone(),
    }
}

/// Checks the entries of an actor, in order, and that each contains the actor's name and origin.
async fn check_done(registry: &dyn Registry, by: &Actor, expected: &[AuditRecord]) {
    let entries = done_by(registry, by).await;
    let found: Vec<AuditRecord> = entries.iter().map(record_in).collect();
    assert_eq!(found, expected);
    for entry in &entries {
        check_author(entry, by);
    }
}

fn check_author(entry: &AuditEntry, by: &Actor) {
    assert_eq!(entry.actor_id, Some(by.user_id));
    assert_eq!(entry.actor_name, &*by.username);
    let address = by.origin.address.map(|address| address.to_string());
    assert_eq!(entry.address, address);
    assert_eq!(entry.request_id.as_deref(), by.origin.request_id.as_deref());
}

//! The contract of `AuditLog`, and of every registry that writes into it.
//!
//! `port_contracts::audit_log_contract!(MyRegistry::fresh);` makes a test of each function below.

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

/// Checks a registry against the whole contract, a test per sentence.
#[macro_export]
macro_rules! audit_log_contract {
    ($registry:expr) => {
        $crate::contract! { audit_log, $registry =>
            every_change_of_a_vehicle_is_written_down
            a_change_is_told_by_what_was_and_what_is
            several_vehicles_are_written_down_one_by_one
            more_vehicles_than_one_statement_takes_are_written_down
            who_comes_into_a_group_and_leaves_it_is_written_down

            every_change_of_a_group_is_written_down
            every_change_of_an_organization_is_written_down

            every_change_of_a_user_is_written_down
            the_first_user_is_written_down
            every_grant_is_written_down
            a_grant_that_goes_with_something_is_written_down
            the_beginning_and_the_end_of_a_session_are_written_down
            a_token_that_was_used_twice_is_written_down
            another_password_is_written_down_and_no_password_is
            the_command_line_writes_its_name

            what_fails_is_not_written_down
            what_changes_nothing_is_not_written_down
            a_rehearsal_is_not_written_down
            the_robots_word_is_not_written_down

            what_is_recorded_is_read_back
            entries_are_read_the_newest_first_in_pages
            every_filter_finds_its_entries
            filters_of_entries_are_combined
            an_entry_exists_for_who_sees_its_organization
        }
    };
}

/// An administrator of everything, with an origin.
fn somebody() -> Actor {
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

/// The entries of an actor, the oldest first.
async fn done_by(registry: &dyn Registry, by: &Actor) -> Vec<AuditEntry> {
    let filter = AuditFilter {
        actor: Some(by.user_id),
        ..AuditFilter::default()
    };
    let mut entries = entries(registry, &filter).await;
    entries.reverse();
    entries
}

/// The record in an entry, without its author and time.
fn told(entry: &AuditEntry) -> AuditRecord {
    AuditRecord {
        action: entry.action,
        subject_id: entry.subject_id,
        organization_id: entry.organization_id,
        before: entry.before.clone(),
        after: entry.after.clone(),
    }
}

/// Checks what somebody did, in its order, and that each entry has who it was and from where.
async fn check_done(registry: &dyn Registry, by: &Actor, expected: &[AuditRecord]) {
    let entries = done_by(registry, by).await;
    let told: Vec<AuditRecord> = entries.iter().map(told).collect();
    assert_eq!(told, expected);
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

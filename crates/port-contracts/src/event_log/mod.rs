//! The contract of `EventLog`.
//!
//! `port_contracts::event_log_contract!(MyRegistry::fresh);` generates a test for each check below.

mod following;
mod forgetting;
mod rights;
mod telling;

use application::{
    ports::{EventLog, NextEvents},
    registry::{RegistryChange, RegistryEvent, Sequence},
};
use domain::vehicle::Vehicle;

pub use self::{following::*, forgetting::*, rights::*, telling::*};
pub use super::registry::Registry;

/// Generates a test for each check of the contract.
#[macro_export]
macro_rules! event_log_contract {
    ($registry:expr) => {
        $crate::contract! { event_log, $registry =>
            an_empty_log_is_at_its_start
            every_change_is_logged_once_with_the_vehicle
            an_event_contains_the_whole_vehicle
            commands_without_effect_are_not_logged
            a_reported_status_is_not_logged
            a_removal_is_logged_with_the_groups_of_the_vehicle

            every_change_of_a_users_rights_is_logged
            the_end_of_a_session_is_logged
            commands_that_change_no_rights_are_not_logged
            the_users_of_deleted_grants_are_logged

            numbers_have_no_gaps
            the_position_is_that_of_the_newest_event
            two_readers_read_the_same_events
            concurrent_readers_read_the_same_events
            a_reader_follows_many_writers_and_misses_nothing

            a_reader_that_is_too_late_has_lost_events
            numbers_continue_after_events_were_deleted
            recent_events_are_kept
            a_reader_ahead_of_the_log_has_lost_events
        }
    };
}

async fn position(log: &dyn EventLog) -> Sequence {
    log.position().await.expect("a position")
}

/// Returns the next portion of the events after a number.
async fn next(log: &dyn EventLog, after: Sequence) -> Vec<RegistryEvent> {
    match log.read_after(after).await.expect("events") {
        NextEvents::Events(events) => events,
        NextEvents::Lost => panic!("nothing was forgotten after {after}"),
    }
}

/// Returns the change and the vehicle of an event.
fn vehicle_of(event: &RegistryEvent) -> (RegistryChange, &Vehicle) {
    event.to_vehicle().expect("the event is about a vehicle")
}

/// Returns all events after a number, and checks that they are in order without gaps.
async fn all_after(log: &dyn EventLog, after: Sequence) -> Vec<RegistryEvent> {
    let mut all = Vec::new();
    let mut last = after;
    loop {
        let events = next(log, last).await;
        for event in &events {
            assert_eq!(event.sequence, last.next(), "numbers have no gaps");
            last = event.sequence;
        }
        if events.is_empty() {
            return all;
        }
        all.extend(events);
    }
}

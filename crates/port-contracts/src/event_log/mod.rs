//! The contract of `EventLog`.
//!
//! `port_contracts::event_log_contract!(MyRegistry::fresh);` makes a test of each function below.

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

/// Checks a registry against the whole contract, a test per sentence.
#[macro_export]
macro_rules! event_log_contract {
    ($registry:expr) => {
        $crate::contract! { event_log, $registry =>
            an_empty_log_is_at_its_start
            every_kind_of_change_is_told_once_with_the_vehicle
            an_event_has_all_of_a_vehicle
            what_changes_nothing_is_not_told
            the_robots_word_is_not_told
            a_removal_is_told_with_the_groups_that_the_vehicle_was_in

            every_change_of_a_users_rights_is_told
            the_end_of_a_session_is_told
            what_changes_nobodys_rights_is_not_told
            everybody_whose_grants_go_with_something_is_told_of

            numbers_have_no_gaps
            the_position_is_that_of_the_newest_event
            two_readers_hear_the_same
            readers_at_the_same_time_hear_the_same
            a_reader_follows_many_writers_and_misses_nothing

            a_reader_that_is_too_late_has_lost
            numbers_go_on_after_events_were_forgotten
            young_events_are_kept
            a_reader_that_knows_more_than_there_is_has_lost
        }
    };
}

async fn position(log: &dyn EventLog) -> Sequence {
    log.position().await.expect("a position")
}

/// The next events, of which there may be none.
async fn next(log: &dyn EventLog, after: Sequence) -> Vec<RegistryEvent> {
    match log.read_after(after).await.expect("events") {
        NextEvents::Events(events) => events,
        NextEvents::Lost => panic!("nothing was forgotten after {after}"),
    }
}

/// The change and the vehicle of an event.
fn vehicle_of(event: &RegistryEvent) -> (RegistryChange, &Vehicle) {
    event.to_vehicle().expect("it is about a vehicle")
}

/// All events after one, in order and without a gap.
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

//! The contract of `LiveKeys`.
//!
//! `port_contracts::live_keys_contract!(my_stores);` generates a test for each check below. The argument is an async
//! function without arguments that returns [`LiveStores`]. Two adapters access the keys, as two servers would.

mod differences;
mod record;
mod rolls;
mod series;
mod writing;

pub use self::{differences::*, rolls::*, series::*, writing::*};
pub use crate::live_stores::LiveStores;

/// Generates a test for each check of the contract; with `all_on`, runs all checks on one subject in the current test.
#[macro_export]
macro_rules! live_keys_contract {
    ($($subject:tt)+) => {
        $crate::contract! { live_keys, $($subject)+ =>
            a_server_reads_what_another_has_written
            positions_and_states_are_compared_independently
            an_unknown_part_is_left_unchanged
            unknown_vehicles_are_omitted
            a_forgotten_vehicle_is_unknown
            repeated_and_empty_commands_are_harmless
            the_newest_wins_when_servers_race
            a_later_series_overwrites_newer_times
            servers_that_detect_a_series_at_different_times_agree
            keys_with_the_expected_content_do_not_differ
            keys_with_other_values_differ_unless_they_are_newer
            a_time_that_looks_like_seconds_is_compared_unchanged
            a_record_has_its_time_to_expiry
            every_difference_is_named
            members_of_the_rolls_are_listed_and_removed
            changes_of_the_rolls_report_their_effect
        }
    };
}

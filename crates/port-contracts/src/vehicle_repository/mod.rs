//! The contract of `VehicleRepository`.
//!
//! ```ignore
//! port_contracts::vehicle_repository_contract!(MyRegistry::fresh);
//! ```
//! makes a test of each function below. The argument is an async function without arguments that gives an empty
//! [`Registry`].

mod changing;
mod changing_several;
mod deleting;
mod listening;
mod paging;
mod reading;
mod registering;
mod registering_several;
mod restoring;
mod scoping;
mod searching;
mod sorting;

use application::{
    paging::{Page, PageRequest},
    ports::{VehicleFilter, VehicleRepository, VehicleSort},
};
use domain::{
    AccessScope,
    vehicle::{SearchText, Vehicle},
};

pub use self::{
    changing::*, changing_several::*, deleting::*, listening::*, paging::*, reading::*, registering::*,
    registering_several::*, restoring::*, scoping::*, searching::*, sorting::*,
};
use super::registry::EVERYTHING;
pub use super::registry::Registry;

/// Checks a registry against the whole contract, a test per sentence.
#[macro_export]
macro_rules! vehicle_repository_contract {
    ($registry:expr) => {
        $crate::contract! { vehicle_repository, $registry =>
            a_new_vehicle_is_idle_disabled_and_of_the_first_version
            every_kind_is_read_back_as_it_was_registered
            any_text_is_kept_letter_for_letter
            a_vehicle_needs_an_organization_that_exists
            a_name_is_unique_in_its_organization
            names_differ_by_every_letter
            of_two_vehicles_of_one_name_one_is_registered

            several_vehicles_are_registered_in_their_order
            more_vehicles_than_one_statement_takes_are_registered
            nothing_can_be_registered_too
            several_vehicles_need_an_organization_that_exists
            every_collision_is_told_and_nothing_is_registered
            names_and_ids_that_are_free_do_not_collide
            a_rehearsal_changes_nothing
            a_rehearsal_tells_every_collision
            deleted_vehicles_of_a_list_are_restored
            who_does_not_see_everything_brings_no_ids
            an_id_of_another_thing_is_not_taken
            of_two_lists_with_the_same_names_one_is_registered
            a_list_and_a_single_vehicle_of_one_name_are_not_both_registered

            an_unknown_vehicle_is_not_found
            filters_are_combined
            a_group_has_its_vehicles
            a_kind_is_found_in_the_order_of_registration
            enabled_vehicles_are_found_in_the_order_of_registration
            a_list_has_at_most_as_many_as_are_asked_for
            a_server_begins_with_every_vehicle_that_is_not_deleted

            a_text_is_found_in_name_manufacturer_and_model
            capital_and_small_letters_are_the_same
            every_letter_of_a_search_stands_for_itself
            a_search_of_any_length_finds_what_has_it
            nothing_is_found_across_two_texts

            pages_follow_one_another_without_gap_or_repetition
            a_page_stays_where_it_is_while_vehicles_come_and_go
            a_page_of_nothing_tells_whether_there_is_something
            every_order_is_kept_in_pages_of_every_size
            every_order_is_kept_behind_every_filter
            names_are_sorted_byte_by_byte_but_for_ascii_capitals
            vehicles_that_come_meanwhile_are_in_their_place

            several_vehicles_are_found_by_their_ids
            several_vehicles_are_enabled_and_disabled_at_once
            several_vehicles_are_deleted_at_once
            of_several_vehicles_all_are_changed_or_none
            lists_that_overlap_are_changed_one_after_the_other

            what_is_out_of_scope_does_not_exist
            a_scope_of_an_organization_has_its_vehicles
            a_scope_of_a_group_has_its_vehicles
            a_scope_of_single_vehicles_has_these
            a_scope_of_nothing_has_nothing

            every_field_can_be_changed
            the_details_of_every_kind_can_be_changed
            changes_that_change_nothing_leave_everything
            enabling_and_disabling_can_be_repeated
            a_refused_change_leaves_everything
            a_name_that_is_taken_is_refused
            an_old_version_is_refused
            of_two_changes_of_one_version_one_wins
            changes_without_a_version_wait_for_each_other

            a_deleted_vehicle_is_found_by_nobody
            a_deleted_vehicle_cannot_be_changed
            a_deleted_vehicle_is_in_no_group
            a_name_is_free_again_after_its_vehicle_was_deleted

            a_restored_vehicle_is_as_it_was_but_disabled_and_in_no_group
            a_restored_vehicle_can_be_changed_and_deleted_again
            a_vehicle_whose_name_is_taken_is_not_restored
            only_what_is_deleted_within_the_scope_is_restored
            of_two_restorations_one_is_done

            the_robots_word_is_taken_without_raising_the_version
            the_robots_word_is_not_held_to_the_table_of_transitions
            the_last_word_counts
            who_is_not_enabled_is_not_listened_to
            a_status_that_is_there_already_is_no_change
            the_robots_word_and_a_persons_change_do_not_undo_each_other
            many_words_at_once_from_several_servers_all_arrive
        }
    };
}

/// More than any of these registries has.
const PLENTY: u32 = 10_000;

fn search(text: &str) -> VehicleFilter {
    VehicleFilter {
        search: Some(SearchText::new(text).expect("a text to search for")),
        ..VehicleFilter::default()
    }
}

async fn first_page(vehicles: &dyn VehicleRepository, filter: &VehicleFilter) -> Page<Vehicle> {
    page_for(vehicles, &EVERYTHING, filter).await
}

async fn page_for(
    vehicles: &dyn VehicleRepository,
    scope: &AccessScope,
    filter: &VehicleFilter,
) -> Page<Vehicle> {
    vehicles
        .find_all(scope, filter, VehicleSort::default(), &PageRequest::start())
        .await
        .expect("a page")
}

async fn count(vehicles: &dyn VehicleRepository, filter: &VehicleFilter) -> u64 {
    vehicles.count(&EVERYTHING, filter).await.expect("a number")
}

//! The contract of `VehicleRepository`.
//!
//! ```ignore
//! port_contracts::vehicle_repository_contract!(MyRegistry::fresh);
//! ```
//! generates a test for each check below. The argument is an async function without arguments that returns an empty
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

/// Generates a test for each check of the contract.
#[macro_export]
macro_rules! vehicle_repository_contract {
    ($registry:expr) => {
        $crate::contract! { vehicle_repository, $registry =>
            a_new_vehicle_is_idle_disabled_and_in_its_first_version
            every_type_is_read_back_as_it_was_registered
            any_text_is_stored_unchanged
            a_vehicle_needs_an_organization_that_exists
            a_name_is_unique_in_its_organization
            names_differ_by_case_accents_and_encoding
            of_two_concurrent_vehicles_of_one_name_one_is_registered

            several_vehicles_are_registered_in_their_order
            more_vehicles_than_one_statement_takes_are_registered
            an_empty_list_can_be_registered
            several_vehicles_need_an_organization_that_exists
            every_collision_is_reported_and_nothing_is_registered
            names_and_ids_that_are_free_do_not_collide
            a_rehearsal_changes_nothing
            a_rehearsal_reports_every_collision
            deleted_vehicles_of_a_list_are_restored
            only_the_scope_of_everything_may_choose_new_ids
            an_id_of_another_entity_is_rejected
            of_two_concurrent_lists_with_the_same_names_one_is_registered
            a_list_and_a_single_vehicle_of_one_name_are_not_both_registered

            an_unknown_vehicle_is_not_found
            filters_are_combined
            a_group_has_its_vehicles
            vehicles_of_a_type_are_found_in_the_order_of_registration
            enabled_vehicles_are_found_in_the_order_of_registration
            a_list_has_at_most_the_requested_number
            all_vehicles_that_are_not_deleted_are_loaded

            a_text_is_found_in_name_manufacturer_and_model
            searches_ignore_case
            every_character_of_a_search_is_literal
            a_search_text_may_have_any_length
            matches_do_not_span_two_fields

            pages_follow_one_another_without_gaps_or_repetition
            a_page_is_stable_while_vehicles_are_added_and_removed
            an_empty_page_reports_whether_there_is_more
            every_order_is_kept_in_pages_of_every_size
            every_order_is_kept_with_every_filter
            names_are_sorted_by_bytes_ignoring_ascii_case
            vehicles_added_while_paging_are_in_their_sorted_position

            several_vehicles_are_found_by_their_ids
            several_vehicles_are_enabled_and_disabled_at_once
            several_vehicles_are_deleted_at_once
            several_vehicles_are_changed_all_or_none
            overlapping_lists_are_changed_without_deadlock

            a_vehicle_out_of_scope_does_not_exist
            a_scope_of_an_organization_contains_its_vehicles
            a_scope_of_a_group_contains_its_vehicles
            a_scope_of_individual_vehicles_contains_only_these
            an_empty_scope_contains_nothing

            every_field_can_be_changed
            the_details_of_every_type_can_be_changed
            updates_without_effect_leave_everything_unchanged
            enabling_and_disabling_can_be_repeated
            a_rejected_change_leaves_everything_unchanged
            a_name_that_is_taken_is_refused
            an_old_version_is_refused
            of_two_concurrent_changes_of_one_version_one_succeeds
            concurrent_changes_without_a_version_are_serialized

            a_deleted_vehicle_is_not_found
            a_deleted_vehicle_cannot_be_changed
            a_deleted_vehicle_is_in_no_group
            a_name_is_free_again_after_its_vehicle_was_deleted

            a_restored_vehicle_is_disabled_and_in_no_group
            a_restored_vehicle_can_be_changed_and_deleted_again
            a_vehicle_whose_name_is_taken_is_not_restored
            only_deleted_vehicles_within_the_scope_are_restored
            of_two_concurrent_restorations_one_succeeds

            a_reported_status_does_not_raise_the_version
            a_reported_status_may_be_any_transition
            the_last_reported_status_takes_effect
            a_status_of_a_vehicle_that_is_not_enabled_is_ignored
            reporting_the_current_status_changes_nothing
            reported_statuses_and_user_changes_do_not_undo_each_other
            concurrent_statuses_from_several_servers_are_all_recorded
        }
    };
}

/// Page size above the number of vehicles in any of these registries.
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

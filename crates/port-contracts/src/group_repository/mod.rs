//! The contract of `GroupRepository`.
//!
//! `port_contracts::group_repository_contract!(MyRegistry::fresh);` generates a test for each check below.

mod deleting;
mod making;
mod members;
mod reading;
mod scoping;
mod together;

pub use self::{deleting::*, making::*, members::*, reading::*, scoping::*, together::*};
pub use super::registry::Registry;

/// Generates a test for each check of the contract.
#[macro_export]
macro_rules! group_repository_contract {
    ($registry:expr) => {
        $crate::contract! { group_repository, $registry =>
            a_new_group_is_empty
            a_group_needs_an_organization_that_exists
            a_group_name_is_unique_in_its_organization
            of_two_concurrent_groups_of_one_name_one_is_created
            a_group_can_be_renamed
            renaming_to_the_same_name_changes_nothing
            a_group_name_that_is_taken_is_refused

            an_unknown_group_is_not_found
            several_groups_are_read_at_once
            groups_are_listed_in_pages
            groups_of_one_organization_are_listed

            adding_a_vehicle_to_a_group_changes_the_vehicle
            adding_a_member_again_changes_nothing
            removing_a_vehicle_from_a_group_changes_the_vehicle
            a_vehicle_outside_a_group_cannot_be_removed_from_it
            a_vehicle_of_another_organization_is_refused
            an_old_version_is_refused_after_a_change_of_groups

            deleting_a_group_removes_its_vehicles_from_it
            a_group_name_is_free_again_after_its_group_was_deleted

            a_group_out_of_scope_does_not_exist
            a_scope_of_groups_contains_only_these
            a_scope_of_individual_vehicles_has_no_groups
            a_vehicle_out_of_scope_cannot_be_added_or_removed

            of_two_concurrent_additions_to_a_group_one_changes_the_vehicle
            concurrent_changes_of_vehicles_and_groups_do_not_deadlock
        }
    };
}

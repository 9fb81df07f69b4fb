//! The contract of `GroupRepository`.
//!
//! `port_contracts::group_repository_contract!(MyRegistry::fresh);` makes a test of each function below.

mod deleting;
mod making;
mod members;
mod reading;
mod scoping;
mod together;

pub use self::{deleting::*, making::*, members::*, reading::*, scoping::*, together::*};
pub use super::registry::Registry;

/// Checks a registry against the whole contract, a test per sentence.
#[macro_export]
macro_rules! group_repository_contract {
    ($registry:expr) => {
        $crate::contract! { group_repository, $registry =>
            a_new_group_is_empty
            a_group_needs_an_organization_that_exists
            a_group_name_is_unique_in_its_organization
            of_two_groups_of_one_name_one_is_made
            a_group_can_be_renamed
            the_same_name_again_changes_nothing
            a_group_name_that_is_taken_is_refused

            an_unknown_group_is_not_found
            several_groups_are_read_at_once
            groups_are_listed_in_pages
            groups_of_one_organization_are_listed

            a_vehicle_that_is_put_into_a_group_changes
            a_vehicle_that_is_in_a_group_already_stays_as_it_is
            a_vehicle_that_is_taken_out_of_a_group_changes
            who_is_not_in_a_group_cannot_be_taken_out
            a_vehicle_of_another_organization_is_refused
            an_old_version_is_refused_after_a_change_of_groups

            a_deleted_group_leaves_its_vehicles
            a_group_name_is_free_again_after_its_group_was_deleted

            a_group_out_of_scope_does_not_exist
            a_scope_of_groups_has_these
            a_scope_of_single_vehicles_has_no_groups
            a_vehicle_out_of_scope_is_in_no_ones_hands

            of_two_that_put_a_vehicle_into_a_group_one_changes_it
            vehicles_and_groups_come_and_go_at_once
        }
    };
}

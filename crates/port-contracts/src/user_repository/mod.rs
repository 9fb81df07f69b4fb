//! The contract of `UserRepository`.
//!
//! `port_contracts::user_repository_contract!(MyRegistry::fresh);` generates a test for each check below.

mod administrators;
mod changing;
mod deleting;
mod making;
mod reading;

pub use self::{administrators::*, changing::*, deleting::*, making::*, reading::*};
pub use super::registry::Registry;

/// Generates a test for each check of the contract.
#[macro_export]
macro_rules! user_repository_contract {
    ($registry:expr) => {
        $crate::contract! { user_repository, $registry =>
            a_new_user_may_log_in_at_once
            usernames_are_stored_in_lowercase_and_unique_in_any_case
            a_username_that_looks_like_another_is_refused
            of_two_concurrent_users_of_one_name_one_is_created
            a_user_needs_an_organization_that_exists
            a_user_out_of_scope_cannot_be_created
            the_first_user_is_created_only_if_there_is_none
            of_many_concurrent_first_users_one_is_created

            an_unknown_user_is_not_found
            users_are_listed_in_pages
            a_user_out_of_scope_does_not_exist
            a_user_without_organization_is_only_visible_to_the_scope_of_everything

            role_and_access_can_be_changed
            an_update_without_effect_leaves_everything_unchanged
            disabling_a_user_ends_all_its_sessions
            a_new_password_ends_all_sessions
            a_new_role_ends_no_session
            concurrent_changes_of_one_user_are_serialized
            users_with_foreign_grants_are_protected

            the_last_global_administrator_cannot_be_removed
            the_administrator_of_an_organization_is_not_protected
            of_two_administrators_removing_each_other_one_remains
            of_administrators_removing_all_others_at_once_one_remains

            a_user_is_deleted_with_its_grants_and_sessions
            a_username_is_free_again_after_its_user_was_deleted
            of_two_concurrent_deletions_of_a_user_one_succeeds
        }
    };
}

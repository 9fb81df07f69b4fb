//! The contract of `UserRepository`.
//!
//! `port_contracts::user_repository_contract!(MyRegistry::fresh);` makes a test of each function below.

mod administrators;
mod changing;
mod deleting;
mod making;
mod reading;

pub use self::{administrators::*, changing::*, deleting::*, making::*, reading::*};
pub use super::registry::Registry;

/// Checks a registry against the whole contract, a test per sentence.
#[macro_export]
macro_rules! user_repository_contract {
    ($registry:expr) => {
        $crate::contract! { user_repository, $registry =>
            a_new_user_may_log_in_at_once
            a_username_is_kept_in_small_letters_and_unique_whatever_its_capitals
            a_username_that_looks_like_another_is_refused
            of_two_users_of_one_name_one_is_made
            a_user_needs_an_organization_that_exists
            nobody_makes_a_user_that_would_not_exist_for_it
            the_first_user_is_made_when_there_is_none
            of_many_who_make_the_first_user_one_does

            an_unknown_user_is_not_found
            users_are_listed_in_pages
            a_user_out_of_scope_does_not_exist
            a_user_of_no_organization_exists_for_who_sees_everything

            role_and_access_can_be_changed
            a_change_that_changes_nothing_leaves_everything
            who_is_disabled_is_logged_out_everywhere
            another_password_logs_out_everywhere
            another_role_logs_nobody_out
            changes_of_one_user_wait_for_each_other
            only_who_administers_everything_changes_a_user_with_grants_of_others

            the_last_administrator_of_everything_stays
            who_administers_an_organization_is_not_the_last_one_of_everything
            of_two_administrators_who_remove_each_other_one_stays
            of_administrators_who_remove_all_others_at_once_one_stays

            a_deleted_user_is_gone_with_its_grants_and_sessions
            a_username_is_free_again_after_its_user_was_deleted
            of_two_who_delete_a_user_one_does
        }
    };
}

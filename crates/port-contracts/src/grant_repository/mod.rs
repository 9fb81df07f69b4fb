//! The contract of `GrantRepository`.
//!
//! `port_contracts::grant_repository_contract!(MyRegistry::fresh);` generates a test for each check below.

mod granting;
mod reading;
mod vanishing;
mod withdrawing;

use domain::{Grant, GrantTarget, GrantTerms, UserId};

pub use self::{granting::*, reading::*, vanishing::*, withdrawing::*};
pub use super::registry::Registry;
use super::registry::an_administrator;

/// Generates a test for each check of the contract.
#[macro_export]
macro_rules! grant_repository_contract {
    ($registry:expr) => {
        $crate::contract! { grant_repository, $registry =>
            a_grant_gives_one_user_access_to_one_target
            a_grant_has_a_ceiling
            the_user_and_target_of_a_grant_must_exist
            users_and_targets_out_of_scope_cannot_be_granted
            a_target_is_granted_to_a_user_once
            of_two_concurrent_equal_grants_one_succeeds
            administrators_cannot_be_granted_anything
            no_grant_follows_a_concurrent_promotion

            an_unknown_grant_is_not_found
            grants_are_listed_in_pages
            a_grant_is_visible_to_administrators_of_its_target

            a_withdrawn_grant_is_deleted
            a_withdrawn_grant_can_be_granted_again
            of_two_concurrent_withdrawals_one_succeeds

            grants_are_deleted_with_their_user
            grants_are_deleted_with_their_group
            grants_are_deleted_with_their_vehicle
            grants_are_deleted_with_their_organization
            a_grant_does_not_outlive_a_concurrent_deletion
            concurrent_deletions_of_users_and_targets_delete_all_grants
        }
    };
}

async fn grant(registry: &dyn Registry, user: UserId, target: GrantTarget) -> Grant {
    let granted = registry
        .grants()
        .create(an_administrator(), user, GrantTerms::to_operate(target))
        .await;
    granted.expect("it is granted")
}

//! The contract of `GrantRepository`.
//!
//! `port_contracts::grant_repository_contract!(MyRegistry::fresh);` makes a test of each function below.

mod granting;
mod reading;
mod vanishing;
mod withdrawing;

use domain::{Grant, GrantTarget, GrantTerms, UserId};

pub use self::{granting::*, reading::*, vanishing::*, withdrawing::*};
pub use super::registry::Registry;
use super::registry::an_administrator;

/// Checks a registry against the whole contract, a test per sentence.
#[macro_export]
macro_rules! grant_repository_contract {
    ($registry:expr) => {
        $crate::contract! { grant_repository, $registry =>
            a_grant_opens_one_thing_for_one_user
            a_grant_has_a_ceiling
            what_is_granted_must_exist
            what_is_out_of_scope_is_not_granted
            the_same_is_granted_once
            of_two_who_grant_the_same_one_does
            an_administrator_needs_no_grants
            who_becomes_an_administrator_is_granted_nothing_meanwhile

            an_unknown_grant_is_not_found
            grants_are_listed_in_pages
            a_grant_exists_for_those_who_administer_its_target

            a_withdrawn_grant_is_gone
            what_was_withdrawn_can_be_granted_again
            of_two_who_withdraw_a_grant_one_does

            grants_go_with_their_user
            grants_go_with_their_group
            grants_go_with_their_vehicle
            grants_go_with_their_organization
            what_is_granted_while_it_is_deleted_is_not_left_over
            users_and_targets_that_go_at_once_take_all_grants_along
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

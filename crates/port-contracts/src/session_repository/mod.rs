//! The contract of `SessionRepository`.
//!
//! `port_contracts::session_repository_contract!(MyRegistry::fresh);` generates a test for each check below.

mod ending;
mod opening;
mod passwords;
mod refreshing;
mod rights;
mod together;

use application::ports::{Rotation, TokenHash};
use test_builders::{an_origin, lasting};

pub use self::{ending::*, opening::*, passwords::*, refreshing::*, rights::*, together::*};
use super::people::{A_DAY, a_token, rights as rights_of, sessions_of};
pub use super::registry::Registry;

/// Generates a test for each check of the contract.
#[macro_export]
macro_rules! session_repository_contract {
    ($registry:expr) => {
        $crate::contract! { session_repository, $registry =>
            a_log_in_opens_a_session
            no_session_is_opened_with_outdated_credentials
            no_session_is_opened_while_its_user_is_disabled
            places_of_earlier_log_ins_are_remembered
            too_many_sessions_end_the_least_recently_used_one

            credentials_are_found_by_name_in_any_case
            a_hash_is_replaced_by_a_stronger_one_of_the_same_password
            changing_ones_own_password_ends_all_sessions
            an_outdated_password_does_not_authorize_a_change
            of_two_concurrent_password_changes_one_succeeds

            refresh_tokens_follow_one_another
            a_token_that_is_used_twice_ends_its_session
            a_limited_number_of_spent_tokens_is_remembered
            two_concurrent_uses_of_a_token_renew_it_once_and_end_the_session
            many_concurrent_uses_of_a_token_renew_it_once_and_end_the_session
            an_unknown_token_has_no_effect
            a_session_that_is_not_refreshed_in_time_expires
            a_session_lasts_as_long_as_it_is_refreshed
            a_session_has_a_total_lifetime
            a_spent_token_of_an_ended_session_is_unknown

            rights_are_current
            an_ended_session_has_no_rights

            sessions_are_listed_for_their_user
            only_its_user_ends_a_session
            a_session_is_ended_by_any_of_its_tokens
            sessions_that_ended_long_ago_are_deleted

            concurrent_changes_of_sessions_do_not_deadlock
        }
    };
}

async fn rotate(registry: &dyn Registry, spent: &TokenHash) -> (Rotation, TokenHash) {
    let next = a_token();
    let rotated = registry
        .sessions()
        .rotate(spent, next, lasting(A_DAY), &an_origin())
        .await;
    (rotated.expect("the registry answers"), next)
}

async fn check_unknown(registry: &dyn Registry, token: &TokenHash) {
    let (rotation, _) = rotate(registry, token).await;
    assert!(matches!(rotation, Rotation::Unknown), "{rotation:?}");
}

/// Checks that a session has no rights and is not listed, and that its tokens are unknown.
async fn check_over(registry: &dyn Registry, session: &application::ports::Session, tokens: &[TokenHash]) {
    assert_eq!(rights_of(registry, session.id).await, None);
    assert!(!sessions_of(registry, session.user_id).await.contains(&session.id));
    for token in tokens {
        check_unknown(registry, token).await;
        let ended = registry.sessions().end_by_token(token, &an_origin()).await;
        assert_eq!(ended.expect("the registry answers"), None);
    }
}

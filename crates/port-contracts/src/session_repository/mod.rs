//! The contract of `SessionRepository`.
//!
//! `port_contracts::session_repository_contract!(MyRegistry::fresh);` makes a test of each function below.

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

/// Checks a registry against the whole contract, a test per sentence.
#[macro_export]
macro_rules! session_repository_contract {
    ($registry:expr) => {
        $crate::contract! { session_repository, $registry =>
            who_logs_in_has_a_session
            no_session_is_opened_for_who_has_changed_meanwhile
            no_session_is_opened_while_its_user_is_disabled
            it_is_known_from_where_somebody_has_logged_in
            who_has_too_many_sessions_loses_the_one_that_was_not_used_for_longest

            a_password_is_found_by_name_whatever_its_capitals
            a_hash_is_replaced_by_a_better_one_of_the_same_password
            another_password_of_ones_own_ends_all_sessions
            a_password_is_not_changed_by_who_knows_an_older_one
            of_two_who_change_a_password_one_does

            refresh_tokens_follow_one_another
            a_token_that_is_used_twice_ends_its_session
            so_many_spent_tokens_are_known
            of_two_who_spend_a_token_at_once_one_gets_the_next_and_the_session_ends
            of_many_who_spend_a_token_at_once_one_gets_the_next_and_the_session_ends
            an_unknown_token_is_good_for_nothing
            a_session_that_is_not_refreshed_in_time_is_over
            a_session_lasts_as_long_as_it_is_refreshed
            a_session_ends_in_time_however_often_it_is_refreshed
            a_spent_token_of_an_ended_session_is_unknown

            rights_are_those_of_now
            nobody_stands_behind_a_session_that_is_over

            sessions_are_listed_for_their_user
            a_session_is_ended_by_its_user_and_by_nobody_else
            a_session_is_ended_by_any_of_its_tokens
            what_is_over_for_long_is_forgotten

            nobody_waits_for_ever_while_sessions_come_and_go
        }
    };
}

async fn rotate(registry: &dyn Registry, spent: &TokenHash) -> (Rotation, TokenHash) {
    let next = a_token();
    let rotated = registry
        .sessions()
        .rotate(spent, next, lasting(A_DAY), &an_origin())
        .await;
    (rotated.expect("an answer"), next)
}

async fn check_unknown(registry: &dyn Registry, token: &TokenHash) {
    let (rotation, _) = rotate(registry, token).await;
    assert!(matches!(rotation, Rotation::Unknown), "{rotation:?}");
}

/// Checks that a session is over in every respect.
async fn check_over(registry: &dyn Registry, session: &application::ports::Session, tokens: &[TokenHash]) {
    assert_eq!(rights_of(registry, session.id).await, None);
    assert!(!sessions_of(registry, session.user_id).await.contains(&session.id));
    for token in tokens {
        check_unknown(registry, token).await;
        let ended = registry.sessions().end_by_token(token, &an_origin()).await;
        assert_eq!(ended.expect("an answer"), None);
    }
}

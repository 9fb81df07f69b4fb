//! The contract of `TokenService`.
//!
//! `port_contracts::token_service_contract!(my_tokens);` generates a test for each check below. The argument is an
//! async function without arguments that returns a service.

use application::ports::{AccessClaims, TokenFault, TokenService};
use domain::{OrganizationId, Role, SessionId, UserId};
use secrecy::ExposeSecret as _;
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

/// Generates a test for each check of the contract.
#[macro_export]
macro_rules! token_service_contract {
    ($($subject:tt)+) => {
        $crate::contract! { token_service, $($subject)+ =>
            a_token_contains_the_claims_it_was_issued_for
            two_tokens_with_the_same_claims_differ
            a_token_is_valid_for_its_lifetime
            text_that_was_not_issued_is_invalid
            the_key_set_is_a_list_of_keys
        }
    };
}

/// Maximum tolerance before a token's start and after its expiry.
const LEEWAY: Duration = Duration::seconds(1);
const LASTING: Duration = Duration::minutes(15);

/// Returns a time in whole seconds, the resolution of tokens.
fn noon() -> OffsetDateTime {
    OffsetDateTime::from_unix_timestamp(1_772_366_400).expect("a time")
}

fn some_claims() -> AccessClaims {
    AccessClaims {
        user_id: UserId::from_uuid(Uuid::now_v7()),
        role: Role::Operator,
        organization_id: Some(OrganizationId::from_uuid(Uuid::now_v7())),
        session_id: SessionId::from_uuid(Uuid::now_v7()),
        issued_at: noon(),
        expires_at: noon() + LASTING,
    }
}

fn issue(tokens: &dyn TokenService, claims: &AccessClaims) -> String {
    tokens.issue(claims).expose_secret().to_owned()
}

pub async fn a_token_contains_the_claims_it_was_issued_for(tokens: &dyn TokenService) {
    for role in Role::ALL {
        for organization_id in [None, Some(OrganizationId::DEFAULT)] {
            let claims = AccessClaims {
                role: *role,
                organization_id,
                ..some_claims()
            };
            let token = issue(tokens, &claims);
            assert_eq!(tokens.verify(&token, noon()), Ok(claims));
        }
    }
}

pub async fn two_tokens_with_the_same_claims_differ(tokens: &dyn TokenService) {
    let claims = some_claims();
    let (one, other) = (issue(tokens, &claims), issue(tokens, &claims));
    assert_ne!(one, other);
    for token in [one, other] {
        assert_eq!(tokens.verify(&token, noon()), Ok(claims.clone()));
    }
}

pub async fn a_token_is_valid_for_its_lifetime(tokens: &dyn TokenService) {
    let token = issue(tokens, &some_claims());
    let verdict = |after: Duration| tokens.verify(&token, noon() + after).map(drop);
    let a_moment = Duration::milliseconds(1);
    for good in [Duration::ZERO, LASTING / 2, LASTING - a_moment] {
        assert_eq!(verdict(good), Ok(()), "{good}");
    }
    for late in [LASTING + LEEWAY + a_moment, LASTING * 100] {
        assert_eq!(verdict(late), Err(TokenFault::Expired), "{late}");
    }
    for early in [-LEEWAY - a_moment, -LASTING * 100] {
        assert_eq!(verdict(early), Err(TokenFault::NotYetValid), "{early}");
    }
}

pub async fn text_that_was_not_issued_is_invalid(tokens: &dyn TokenService) {
    let token = issue(tokens, &some_claims());
    let (padded, cut) = (format!("{token} "), &token[..token.len() - 1]);
    for other in [
        "",
        " ",
        ".",
        "..",
        "\0",
        "null",
        cut,
        &padded,
        &token.to_uppercase(),
    ] {
        assert_eq!(
            tokens.verify(other, noon()),
            Err(TokenFault::Invalid),
            "{other:?}"
        );
    }
}

/// Checks that the key set has the form of RFC 7517 and contains no private key.
pub async fn the_key_set_is_a_list_of_keys(tokens: &dyn TokenService) {
    let set = tokens.key_set();
    let keys = set["keys"].as_array();
    let keys = keys.unwrap_or_else(|| panic!("no list of keys: {set}"));
    assert!(keys.iter().all(|key| key["kty"].is_string()), "{set}");
    assert!(keys.iter().all(|key| key["d"].is_null()), "a private key: {set}");
}

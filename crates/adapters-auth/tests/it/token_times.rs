//! The times of tokens, compared with the caller's clock.

use application::ports::{AccessClaims, TokenFault, TokenService as _};
use rstest::rstest;
use serde_json::json;
use time::{Duration, OffsetDateTime, macros::datetime};

use crate::{Draft, NOON, a_key, exposed, issue, some_claims, tokens_of};

fn verdict(token: &str, now: OffsetDateTime) -> Result<(), TokenFault> {
    tokens_of(&a_key()).verify(token, now).map(drop)
}

#[rstest]
#[case(Duration::ZERO, Ok(()))]
#[case(Duration::minutes(15), Ok(()))]
#[case(Duration::new(15 * 60, 999_999_999), Ok(()))]
#[case(Duration::new(15 * 60 + 1, 0), Ok(()))]
#[case(Duration::new(15 * 60 + 1, 1), Err(TokenFault::Expired))]
#[case(Duration::seconds(15 * 60 + 2), Err(TokenFault::Expired))]
#[case(Duration::days(365), Err(TokenFault::Expired))]
#[case(Duration::seconds(-1), Ok(()))]
#[case(Duration::new(-1, -1), Err(TokenFault::NotYetValid))]
#[case(Duration::days(-365), Err(TokenFault::NotYetValid))]
fn a_token_is_valid_for_its_lifetime_with_a_second_of_leeway(
    #[case] later: Duration,
    #[case] expected: Result<(), TokenFault>,
) {
    let token = issue(&tokens_of(&a_key()));
    assert_eq!(verdict(&token, NOON + later), expected);
}

#[rstest]
#[case("nbf")]
#[case("iat")]
fn a_token_of_the_future_is_not_yet_valid(#[case] claim: &str) {
    let at = |offset: i64| {
        let time = json!(NOON.unix_timestamp() + offset);
        verdict(&Draft::new().claim(claim, time).signed(), NOON)
    };
    assert_eq!(at(1), Ok(()));
    assert_eq!(at(2), Err(TokenFault::NotYetValid));
}

#[test]
fn times_are_whole_seconds() {
    let tokens = tokens_of(&a_key());
    let claims = AccessClaims {
        issued_at: NOON + Duration::milliseconds(700),
        expires_at: NOON + Duration::milliseconds(60_700),
        ..some_claims()
    };
    let read = tokens
        .verify(&exposed(tokens.issue(&claims)), NOON)
        .expect("a good token");
    assert_eq!(
        (read.issued_at, read.expires_at),
        (NOON, NOON + Duration::minutes(1))
    );
}

/// Only the holder of the key can sign such times, but even these must not cause a panic.
#[test]
fn times_at_the_ends_of_the_calendar_cause_no_panic() {
    let ends = [
        datetime!(-9999-01-01 0:00 UTC),
        datetime!(9999-12-31 23:59:59 UTC),
    ];
    for now in ends {
        for exp in ends {
            for nbf in ends {
                let draft = Draft::new()
                    .claim("exp", json!(exp.unix_timestamp()))
                    .claim("nbf", json!(nbf.unix_timestamp()))
                    .claim("iat", json!(nbf.unix_timestamp()));
                let expected = match () {
                    () if now > exp => Err(TokenFault::Expired),
                    () if now < nbf => Err(TokenFault::NotYetValid),
                    () => Ok(()),
                };
                assert_eq!(verdict(&draft.signed(), now), expected);
            }
        }
    }
}

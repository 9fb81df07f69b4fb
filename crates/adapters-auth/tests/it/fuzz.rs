//! Fuzz tests of texts presented as tokens, and of configured keys.

use adapters_auth::{PublicKey, SigningKey};
use application::ports::{AccessClaims, TokenService as _};
use fuzzing::{Seeds, any_json, any_json_text, fuzz, mutated_text};
use proptest::prelude::*;
use serde_json::json;
use time::Duration;

use crate::{Draft, ISSUER, NOON, PRIVATE_V1, a_key, exposed, issue, signed, tokens_of};

const NAMES: &[&str] = &[
    "iss",
    "sub",
    "role",
    "org",
    "exp",
    "nbf",
    "iat",
    "jti",
    "sid",
    "aud",
    "alg",
    "typ",
    "kid",
    "crit",
    "jwk",
    "EdDSA",
    "none",
    "JWT",
    "ADMIN",
    "fleetwatch",
];

/// Checks that accepted claims are valid now, and can be issued again.
fn check_accepted(claims: &AccessClaims) {
    let second = Duration::seconds(1);
    assert!(claims.issued_at <= NOON + second, "{claims:?}");
    assert!(claims.expires_at >= NOON - second, "{claims:?}");
    let tokens = tokens_of(&a_key());
    let again = tokens.verify(&exposed(tokens.issue(claims)), NOON);
    assert_eq!(again.as_ref(), Ok(claims));
}

/// Only the original tokens are valid, because altering one requires the key.
#[test]
fn fuzz_an_altered_token_is_rejected() {
    let good = [
        issue(&tokens_of(&a_key())),
        issue(&tokens_of(&a_key())),
        Draft::new().claim("org", json!(null)).signed(),
        Draft::new().claim("role", json!("ADMIN")).signed(),
    ];
    let unsigned = Draft::new().header("alg", json!("none")).signed();
    let seeds = Seeds::of(good.iter().chain([&unsigned])).with_words(["eyJ", "==", "..", "Bearer "]);
    fuzz("changed tokens", mutated_text(seeds), move |token| {
        let verified = tokens_of(&a_key()).verify(&token, NOON);
        assert_eq!(verified.is_ok(), good.contains(&token), "{token}");
    });
}

#[test]
fn fuzz_arbitrary_text_is_rejected() {
    let texts = prop_oneof![
        any::<String>(),
        "[A-Za-z0-9_-]{0,300}(\\.[A-Za-z0-9_=-]{0,300}){0,4}"
    ];
    fuzz("texts as tokens", texts, |text| {
        assert!(tokens_of(&a_key()).verify(&text, NOON).is_err());
    });
}

/// The tokens are signed with the key, but their claims are arbitrary texts.
#[test]
fn fuzz_claims_are_valid_or_rejected() {
    let draft = Draft::new();
    let seeds = Seeds::of([draft.claims.to_string()]).with_words(NAMES);
    let claims = prop_oneof![mutated_text(seeds), any_json_text(NAMES)];
    fuzz("claims", claims, move |claims| {
        let token = signed(&draft.header.to_string(), &claims);
        if let Ok(accepted) = tokens_of(&a_key()).verify(&token, NOON) {
            check_accepted(&accepted);
            assert!(claims.contains(ISSUER) || claims.contains("\\u"), "{claims}");
        }
    });
}

#[test]
fn fuzz_one_claim_may_be_anything() {
    let cases = (prop::sample::select(NAMES), any_json(NAMES));
    fuzz("a claim", cases, |(name, value)| {
        let token = Draft::new().claim(name, value).signed();
        if let Ok(accepted) = tokens_of(&a_key()).verify(&token, NOON) {
            check_accepted(&accepted);
        }
    });
}

#[test]
fn fuzz_headers_are_valid_or_rejected() {
    let draft = Draft::new();
    let header = draft.header.clone();
    let seeds = Seeds::of([header.to_string()]).with_words(NAMES);
    let headers = prop_oneof![mutated_text(seeds), any_json_text(NAMES)];
    fuzz("headers of tokens", headers, move |text| {
        let token = signed(&text, &draft.claims.to_string());
        if tokens_of(&a_key()).verify(&token, NOON).is_ok() {
            let read: serde_json::Value = serde_json::from_str(&text).expect("JSON, as it was accepted");
            assert_eq!(
                read, header,
                "only the header of issued tokens should be accepted"
            );
        }
    });
}

#[test]
fn fuzz_keys_are_read_or_rejected() {
    let public = a_key().public_key().to_pem();
    let seeds = Seeds::of([
        PRIVATE_V1.to_owned(),
        public.clone(),
        format!("{PRIVATE_V1}# and\n{public}"),
    ])
    .with_words([
        "-----BEGIN ",
        "-----END ",
        "PRIVATE KEY",
        "PUBLIC KEY",
        "-----",
        "ENCRYPTED ",
    ]);
    fuzz("keys", mutated_text(seeds), |text| {
        if let Ok(key) = SigningKey::from_pem(&text) {
            let again = SigningKey::from_pem(&exposed(key.to_pem())).expect("a written key can be read");
            assert_eq!(again.public_key(), key.public_key());
        }
        if let Ok(keys) = PublicKey::read_all(&text) {
            let written: String = keys.iter().map(PublicKey::to_pem).collect();
            assert_eq!(PublicKey::read_all(&written), Ok(keys));
        }
    });
}

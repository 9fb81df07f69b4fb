//! The keys that verify tokens, and their rotation.

use adapters_auth::{EdDsaTokens, PublicKey, SigningKey};
use application::ports::{TokenFault, TokenService as _};
use serde_json::json;

use crate::{Draft, ISSUER, NOON, a_key, check_good, check_invalid, issue, some_claims, tokens_of};

/// Token signed by OpenSSL (`openssl pkeyutl -sign -rawin`). Its claims are in a different order and contain
/// whitespace.
const MADE_ELSEWHERE: &str = "eyJ0eXAiOiAiSldUIiwgImFsZyI6ICJFZERTQSIsICJraWQiOiAiM1laeEJKMTJqTzNuX21YdF9xLWpfWi1URlAxdnQtTmlJ\
    M09DZi1mRW5IUSJ9.eyJzaWQiOiAiMDAwMDAwMDAtMDAwMC0wMDAwLTAwMDAtMDAwMDAwMDAwMDAzIiwgImp0aSI6ICI2ZjJ\
    jNGNjNC0zYTNlLTRkMGItOWYwZS0wZDhjOGQ3YzFhNTUiLCAiaWF0IjogMTc3MjM2NjQwMCwgIm5iZiI6IDE3NzIzNjY0MDA\
    sICJleHAiOiAxNzcyMzY3MzAwLCAib3JnIjogIjAwMDAwMDAwLTAwMDAtMDAwMC0wMDAwLTAwMDAwMDAwMDAwMiIsICJyb2x\
    lIjogIk9QRVJBVE9SIiwgInN1YiI6ICIwMDAwMDAwMC0wMDAwLTAwMDAtMDAwMC0wMDAwMDAwMDAwMDEiLCAiaXNzIjogImZ\
    sZWV0d2F0Y2gifQ._oP5ZHEp40x_iWKCP97QhuJ-5Lo7F3qmkjuCosH4UCp_xDt-Z6Lkk4Q2Ypa4EjFABZVcyf5kQ2GVPfVZ\
    ynyLBw";

#[test]
fn a_token_signed_by_another_program_is_accepted() {
    check_good(MADE_ELSEWHERE);
}

#[test]
fn a_token_signed_with_another_key_is_rejected() {
    let forger = SigningKey::generate();
    check_invalid(&Draft::new().signed_by(&forger));
    check_invalid(&issue(&tokens_of(&forger)));
}

#[test]
fn a_signature_of_another_token_is_rejected() {
    let (one, other) = (issue(&tokens_of(&a_key())), issue(&tokens_of(&a_key())));
    let (message, _) = one.rsplit_once('.').expect("a signature");
    let (_, signature) = other.rsplit_once('.').expect("a signature");
    check_invalid(&format!("{message}.{signature}"));
}

#[test]
fn valid_tokens_survive_a_key_rotation() {
    let keys: Vec<SigningKey> = (0..3).map(|_| SigningKey::generate()).collect();
    let published: Vec<PublicKey> = keys.iter().map(|key| key.public_key().clone()).collect();
    let old = tokens_of(&keys[0]);
    let changed = EdDsaTokens::new(ISSUER, &keys[1], &published[..1]);
    let changed_again = EdDsaTokens::new(ISSUER, &keys[2], &published[1..2]);

    let (first, second) = (issue(&old), issue(&changed));
    assert_eq!(
        changed.verify(&first, NOON),
        Ok(some_claims()),
        "signed with the previous key"
    );
    assert_eq!(changed.verify(&second, NOON), Ok(some_claims()));
    assert_eq!(
        old.verify(&second, NOON),
        Err(TokenFault::Invalid),
        "signed with a key that is not known yet"
    );
    assert_eq!(changed_again.verify(&second, NOON), Ok(some_claims()));
    assert_eq!(
        changed_again.verify(&first, NOON),
        Err(TokenFault::Invalid),
        "signed with a key that was removed"
    );
}

#[test]
fn a_known_key_cannot_sign_with_the_id_of_another() {
    let (current, previous) = (SigningKey::generate(), SigningKey::generate());
    let tokens = EdDsaTokens::new(ISSUER, &current, &[previous.public_key().clone()]);
    let draft = |named: &SigningKey| Draft::new().header("kid", json!(named.public_key().kid()));
    assert!(tokens.verify(&draft(&current).signed_by(&current), NOON).is_ok());
    assert!(
        tokens
            .verify(&draft(&previous).signed_by(&previous), NOON)
            .is_ok()
    );
    for crossed in [
        draft(&current).signed_by(&previous),
        draft(&previous).signed_by(&current),
    ] {
        assert_eq!(tokens.verify(&crossed, NOON), Err(TokenFault::Invalid));
    }
}

#[test]
fn the_key_set_has_the_current_key_and_then_the_previous_ones() {
    let (current, previous) = (a_key(), [SigningKey::generate(), SigningKey::generate()]);
    let mut known: Vec<PublicKey> = previous.iter().map(|key| key.public_key().clone()).collect();
    // Listing the current key among the previous ones has no effect.
    known.push(current.public_key().clone());
    let tokens = EdDsaTokens::new(ISSUER, &current, &known);
    let expected = json!({
        "keys": [
            {
                "kty": "OKP",
                "crv": "Ed25519",
                "alg": "EdDSA",
                "use": "sig",
                "kid": current.public_key().kid(),
                "x": "Gb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE",
            },
            previous[0].public_key().to_jwk(),
            previous[1].public_key().to_jwk(),
        ]
    });
    assert_eq!(tokens.key_set(), expected);
}

//! The headers of tokens.

use application::ports::TokenService as _;
use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use jsonwebtoken::{Algorithm, EncodingKey};
use rstest::rstest;
use serde_json::{Value, json};

use crate::{Draft, a_key, check_good, check_invalid, issue, sealed, signed, tokens_of};

#[test]
fn a_token_built_by_hand_is_accepted() {
    check_good(&Draft::new().signed());
}

#[test]
fn the_header_has_the_type_the_algorithm_and_the_key() {
    let token = issue(&tokens_of(&a_key()));
    let (header, _) = token.split_once('.').expect("a header");
    let header: Value =
        serde_json::from_slice(&BASE64_URL_SAFE_NO_PAD.decode(header).expect("base64")).expect("JSON");
    assert_eq!(header, Draft::new().header);
}

#[test]
fn an_unsigned_token_is_rejected() {
    for algorithm in ["none", "None", "NONE", ""] {
        let draft = Draft::new().header("alg", json!(algorithm));
        let signed = draft.signed();
        let (message, _) = signed.rsplit_once('.').expect("a signature");
        check_invalid(&signed);
        check_invalid(&format!("{message}."));
        check_invalid(message);
    }
}

/// A library that takes the algorithm from the header would use the public key as an HMAC secret, and could accept such
/// tokens. Tokens whose header says EdDSA are tried as well.
#[test]
fn a_token_signed_with_public_data_is_rejected() {
    let public = a_key().public_key().clone();
    let pem = public.to_pem();
    let secrets: [&[u8]; 4] = [
        public.as_bytes(),
        pem.as_bytes(),
        pem.trim_end().as_bytes(),
        public.kid().as_bytes(),
    ];
    for (name, algorithm) in [
        ("HS256", Algorithm::HS256),
        ("HS384", Algorithm::HS384),
        ("HS512", Algorithm::HS512),
    ] {
        for secret in secrets {
            let key = EncodingKey::from_secret(secret);
            for said in [name, "EdDSA"] {
                let draft = Draft::new().header("alg", json!(said));
                check_invalid(&sealed(
                    &draft.header.to_string(),
                    &draft.claims.to_string(),
                    &key,
                    algorithm,
                ));
            }
        }
    }
}

#[rstest]
#[case("alg", json!("HS256"))]
#[case("alg", json!("ES256"))]
#[case("alg", json!("RS256"))]
#[case("alg", json!("Ed25519"))]
#[case("alg", json!("eddsa"))]
#[case("alg", json!(["EdDSA"]))]
#[case("alg", Value::Null)]
#[case("typ", json!("JWS"))]
#[case("typ", json!("at+jwt"))]
#[case("typ", Value::Null)]
#[case("kid", json!("another"))]
#[case("kid", json!(""))]
#[case("kid", json!(7))]
#[case("kid", Value::Null)]
#[case("crit", json!(["exp"]))]
#[case("crit", json!([]))]
#[case("b64", json!(false))]
#[case("zip", json!("DEF"))]
#[case("jku", json!("https://attacker.example/keys"))]
#[case("jwk", a_key().public_key().to_jwk())]
#[case("x5u", json!("https://attacker.example/keys"))]
fn a_malformed_header_is_rejected(#[case] name: &str, #[case] value: Value) {
    check_invalid(&Draft::new().header(name, value).signed());
}

#[rstest]
#[case("alg")]
#[case("typ")]
#[case("kid")]
fn an_incomplete_header_is_rejected(#[case] name: &str) {
    let mut draft = Draft::new();
    draft.header.as_object_mut().expect("an object").remove(name);
    check_invalid(&draft.signed());
}

#[test]
fn a_header_with_duplicates_is_rejected() {
    let kid = a_key().public_key().kid().to_owned();
    let claims = Draft::new().claims.to_string();
    let good = format!(r#"{{"alg":"EdDSA","typ":"JWT","kid":"{kid}"}}"#);
    check_good(&signed(&good, &claims));
    for header in [
        format!(r#"{{"alg":"EdDSA","alg":"EdDSA","typ":"JWT","kid":"{kid}"}}"#),
        format!(r#"{{"alg":"none","alg":"EdDSA","typ":"JWT","kid":"{kid}"}}"#),
        format!(r#"{{"alg":"EdDSA","typ":"JWT","kid":"{kid}","kid":"{kid}"}}"#),
        format!(r#"["EdDSA","JWT","{kid}"]"#),
        format!("{good}{good}"),
        format!("{good},"),
        good.replace('"', "'"),
        "null".to_owned(),
        String::new(),
    ] {
        check_invalid(&signed(&header, &claims));
    }
}

#[test]
fn a_key_id_must_match_exactly() {
    let tokens = tokens_of(&a_key());
    let kid = a_key().public_key().kid().to_owned();
    for other in [
        &kid[1..],
        &format!("{kid}="),
        &format!(" {kid}"),
        &kid.to_lowercase(),
    ] {
        let token = Draft::new().header("kid", json!(other)).signed();
        assert!(tokens.verify(&token, crate::NOON).is_err(), "{other}");
    }
}

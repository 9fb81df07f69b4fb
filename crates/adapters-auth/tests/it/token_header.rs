//! What a token says of itself.

use application::ports::TokenService as _;
use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use jsonwebtoken::{Algorithm, EncodingKey};
use rstest::rstest;
use serde_json::{Value, json};

use crate::{Draft, a_key, check_good, check_invalid, issue, sealed, signed, tokens_of};

#[test]
fn a_token_made_by_hand_is_as_good_as_any() {
    check_good(&Draft::new().signed());
}

#[test]
fn it_names_its_type_its_algorithm_and_its_key() {
    let token = issue(&tokens_of(&a_key()));
    let (header, _) = token.split_once('.').expect("a header");
    let header: Value =
        serde_json::from_slice(&BASE64_URL_SAFE_NO_PAD.decode(header).expect("base64")).expect("JSON");
    assert_eq!(header, Draft::new().header);
}

#[test]
fn a_token_that_nobody_signed_is_refused() {
    for algorithm in ["none", "None", "NONE", ""] {
        let draft = Draft::new().header("alg", json!(algorithm));
        let signed = draft.signed();
        let (message, _) = signed.rsplit_once('.').expect("a signature");
        check_invalid(&signed);
        check_invalid(&format!("{message}."));
        check_invalid(message);
    }
}

/// Who takes the algorithm from the header checks these with the public key as the secret, and finds them good.
#[test]
fn a_token_sealed_with_what_everybody_knows_is_refused() {
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
fn a_header_of_another_form_is_refused(#[case] name: &str, #[case] value: Value) {
    check_invalid(&Draft::new().header(name, value).signed());
}

#[rstest]
#[case("alg")]
#[case("typ")]
#[case("kid")]
fn a_header_that_lacks_something_is_refused(#[case] name: &str) {
    let mut draft = Draft::new();
    draft.header.as_object_mut().expect("an object").remove(name);
    check_invalid(&draft.signed());
}

#[test]
fn a_header_that_says_something_twice_is_refused() {
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
fn a_key_is_known_by_its_whole_name() {
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

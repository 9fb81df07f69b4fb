//! The claims of tokens.

use application::ports::{AccessClaims, TokenFault, TokenService as _};
use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use domain::Role;
use rstest::rstest;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    Draft, ISSUER, NOON, a_key, check_good, check_invalid, exposed, issue, signed, some_claims, tokens_of,
};

const NAMES: [&str; 9] = ["iss", "sub", "role", "org", "exp", "nbf", "iat", "jti", "sid"];

fn claims_in(token: &str) -> Value {
    let part = token.split('.').nth(1).expect("claims");
    serde_json::from_slice(&BASE64_URL_SAFE_NO_PAD.decode(part).expect("base64")).expect("JSON")
}

#[test]
fn an_issued_token_has_every_claim() {
    let claims = claims_in(&issue(&tokens_of(&a_key())));
    let jti = claims["jti"].as_str().and_then(|jti| jti.parse::<Uuid>().ok());
    assert_eq!(jti.expect("a UUID").get_version_num(), 4);
    assert_eq!(
        claims,
        json!({
            "iss": ISSUER,
            "sub": "00000000-0000-0000-0000-000000000001",
            "role": "OPERATOR",
            "org": "00000000-0000-0000-0000-000000000002",
            "exp": NOON.unix_timestamp() + 900,
            "nbf": NOON.unix_timestamp(),
            "iat": NOON.unix_timestamp(),
            "jti": claims["jti"],
            "sid": "00000000-0000-0000-0000-000000000003",
        })
    );
}

#[test]
fn every_token_is_unique() {
    let tokens = tokens_of(&a_key());
    assert_ne!(issue(&tokens), issue(&tokens));
}

#[test]
fn issued_claims_are_read_back() {
    let tokens = tokens_of(&a_key());
    for &role in Role::ALL {
        for organization_id in [None, some_claims().organization_id] {
            let claims = AccessClaims {
                role,
                organization_id,
                ..some_claims()
            };
            assert_eq!(tokens.verify(&exposed(tokens.issue(&claims)), NOON), Ok(claims));
        }
    }
}

#[test]
fn a_user_without_an_organization_has_a_null_org() {
    let without_organization = AccessClaims {
        organization_id: None,
        ..some_claims()
    };
    let tokens = tokens_of(&a_key());
    assert_eq!(
        claims_in(&exposed(tokens.issue(&without_organization)))["org"],
        Value::Null
    );

    let mut without_org = Draft::new();
    without_org
        .claims
        .as_object_mut()
        .expect("an object")
        .remove("org");
    assert_eq!(
        tokens.verify(&without_org.signed(), NOON),
        Ok(without_organization)
    );
}

#[rstest]
#[case("iss")]
#[case("sub")]
#[case("role")]
#[case("exp")]
#[case("nbf")]
#[case("iat")]
#[case("jti")]
#[case("sid")]
fn a_token_without_a_claim_is_rejected(#[case] name: &str) {
    let mut draft = Draft::new();
    draft.claims.as_object_mut().expect("an object").remove(name);
    check_invalid(&draft.signed());
    check_invalid(&Draft::new().claim(name, Value::Null).signed());
}

#[test]
fn a_malformed_claim_is_rejected() {
    for name in NAMES {
        for value in [json!({}), json!([]), json!(true), json!("nonsense"), json!(1.5)] {
            check_invalid(&Draft::new().claim(name, value).signed());
        }
    }
    for name in ["exp", "nbf", "iat"] {
        for value in [
            json!("1772366400"),
            json!(u64::MAX),
            json!(1e300),
            json!(i64::MAX),
            json!(i64::MIN),
        ] {
            check_invalid(&Draft::new().claim(name, value).signed());
        }
    }
    for role in ["operator", "OPERATOR ", "ROOT", ""] {
        check_invalid(&Draft::new().claim("role", json!(role)).signed());
    }
    for id in [
        "00000000000000000000000000000001",
        "{00000000-0000-0000-0000-000000000001}",
        "",
    ] {
        for name in ["sub", "org", "sid"] {
            check_invalid(&Draft::new().claim(name, json!(id)).signed());
        }
    }
}

#[test]
fn a_token_of_another_issuer_is_refused() {
    for issuer in ["Fleetwatch", "fleetwatch ", "https://fleetwatch", ""] {
        check_invalid(&Draft::new().claim("iss", json!(issuer)).signed());
    }
    check_invalid(&Draft::new().claim("iss", json!([ISSUER])).signed());
    let elsewhere = adapters_auth::EdDsaTokens::new("elsewhere", &a_key(), &[]);
    check_invalid(&issue(&elsewhere));
    assert_eq!(
        elsewhere.verify(&Draft::new().signed(), NOON),
        Err(TokenFault::Invalid)
    );
}

/// RFC 7519, section 4.1.3: a recipient that is not in the token's audience must reject it.
#[test]
fn a_token_for_an_audience_is_rejected() {
    for audience in [json!("other"), json!(["other"]), json!(ISSUER)] {
        check_invalid(&Draft::new().claim("aud", audience).signed());
    }
}

#[test]
fn an_unknown_claim_is_ignored() {
    check_good(&Draft::new().claim("locale", json!("de")).signed());
}

#[test]
fn a_duplicate_claim_is_rejected() {
    let draft = Draft::new();
    let (header, claims) = (draft.header.to_string(), draft.claims.to_string());
    check_good(&signed(&header, &claims));
    for name in NAMES {
        let twice = format!(r#"{{"{name}":{},{}"#, draft.claims[name], &claims[1..]);
        check_invalid(&signed(&header, &twice));
    }
}

#[test]
fn claims_that_are_not_an_object_are_rejected() {
    let draft = Draft::new();
    let (header, claims) = (draft.header.to_string(), draft.claims.to_string());
    let in_order: Vec<_> = NAMES.iter().map(|name| draft.claims[name].clone()).collect();
    for other in [
        json!(in_order).to_string(),
        json!(claims).to_string(),
        format!("[{claims}]"),
        format!("{claims}{claims}"),
        format!("{claims},"),
        claims.replace('"', "'"),
        "[".repeat(2_000),
        "{}".to_owned(),
        "null".to_owned(),
        String::new(),
    ] {
        check_invalid(&signed(&header, &other));
    }
}

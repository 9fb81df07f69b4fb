//! Tests of keys, tokens and password hashes through the public interface.

mod contracts;
mod fuzz;
mod garbage;
mod hashing;
mod key_file;
mod keys;
mod token_claims;
mod token_header;
mod token_keys;
mod token_times;

use adapters_auth::{EdDsaTokens, SigningKey};
use application::ports::{AccessClaims, TokenFault, TokenService as _};
use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use domain::{OrganizationId, Role, SessionId, UserId};
use jsonwebtoken::{Algorithm, EncodingKey};
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::{Value, json};
use time::{Duration, OffsetDateTime, macros::datetime};
use uuid::Uuid;

const NOON: OffsetDateTime = datetime!(2026-03-01 12:00 UTC);
const ISSUER: &str = "fleetwatch";

/// Example key of RFC 8410, section 10.3.
const PRIVATE_V1: &str = "-----BEGIN PRIVATE KEY-----
MC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC
-----END PRIVATE KEY-----
";

fn a_key() -> SigningKey {
    SigningKey::from_pem(PRIVATE_V1).expect("a key")
}

fn tokens_of(key: &SigningKey) -> EdDsaTokens {
    EdDsaTokens::new(ISSUER, key, &[])
}

/// Returns the claims of a token that is issued at noon for a quarter of an hour.
fn some_claims() -> AccessClaims {
    AccessClaims {
        user_id: UserId::from_uuid(Uuid::from_u128(1)),
        role: Role::Operator,
        organization_id: Some(OrganizationId::from_uuid(Uuid::from_u128(2))),
        session_id: SessionId::from_uuid(Uuid::from_u128(3)),
        issued_at: NOON,
        expires_at: NOON + Duration::minutes(15),
    }
}

fn issue(tokens: &EdDsaTokens) -> String {
    exposed(tokens.issue(&some_claims()))
}

fn exposed(secret: SecretString) -> String {
    secret.expose_secret().to_owned()
}

fn check_good(token: &str) {
    assert_eq!(
        tokens_of(&a_key()).verify(token, NOON),
        Ok(some_claims()),
        "{token}"
    );
}

fn check_invalid(token: &str) {
    let verified = tokens_of(&a_key()).verify(token, NOON);
    assert_eq!(verified, Err(TokenFault::Invalid), "{token}");
}

/// A token that is built part by part. All parts are valid unless they are changed.
struct Draft {
    header: Value,
    claims: Value,
}

impl Draft {
    fn new() -> Self {
        let issued_at = NOON.unix_timestamp();
        Self {
            header: json!({ "alg": "EdDSA", "typ": "JWT", "kid": a_key().public_key().kid() }),
            claims: json!({
                "iss": ISSUER,
                "sub": Uuid::from_u128(1),
                "role": "OPERATOR",
                "org": Uuid::from_u128(2),
                "exp": issued_at + 900,
                "nbf": issued_at,
                "iat": issued_at,
                "jti": "6f2c4cc4-3a3e-4d0b-9f0e-0d8c8d7c1a55",
                "sid": Uuid::from_u128(3),
            }),
        }
    }

    fn header(mut self, name: &str, value: Value) -> Self {
        self.header[name] = value;
        self
    }

    fn claim(mut self, name: &str, value: Value) -> Self {
        self.claims[name] = value;
        self
    }

    fn signed(&self) -> String {
        self.signed_by(&a_key())
    }

    fn signed_by(&self, key: &SigningKey) -> String {
        signed_by(&self.header.to_string(), &self.claims.to_string(), key)
    }
}

/// Signs two arbitrary texts.
fn signed(header: &str, claims: &str) -> String {
    signed_by(header, claims, &a_key())
}

fn signed_by(header: &str, claims: &str, key: &SigningKey) -> String {
    let key = EncodingKey::from_ed_pem(exposed(key.to_pem()).as_bytes()).expect("a key");
    sealed(header, claims, &key, Algorithm::EdDSA)
}

fn sealed(header: &str, claims: &str, key: &EncodingKey, algorithm: Algorithm) -> String {
    let message = [header, claims]
        .map(|part| BASE64_URL_SAFE_NO_PAD.encode(part))
        .join(".");
    let signature = jsonwebtoken::crypto::sign(message.as_bytes(), key, algorithm).expect("a signature");
    format!("{message}.{signature}")
}

//! Forged access tokens, each derived from a valid one.

use adapters_auth::SigningKey;
use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD as BASE64};
use jsonwebtoken::{Algorithm, EncodingKey, crypto::sign};
use secrecy::ExposeSecret as _;
use serde_json::{Value, json};

use super::support::Program;

/// Header and claims of a token, to be changed and signed again.
#[derive(Debug, Clone)]
pub(super) struct Forgery {
    header: Value,
    claims: Value,
}

impl Forgery {
    pub(super) fn of(token: &str) -> Self {
        let mut parts = token.split('.').map(|part| {
            let bytes = BASE64.decode(part).expect("base64");
            serde_json::from_slice(&bytes).unwrap_or_default()
        });
        let mut next = || parts.next().expect("a token has three parts");
        Self {
            header: next(),
            claims: next(),
        }
    }

    pub(super) fn header(mut self, name: &str, value: Value) -> Self {
        self.header[name] = value;
        self
    }

    pub(super) fn without_header(mut self, name: &str) -> Self {
        self.header.as_object_mut().expect("an object").remove(name);
        self
    }

    pub(super) fn claim(mut self, name: &str, value: Value) -> Self {
        self.claims[name] = value;
        self
    }

    /// Adds seconds to a time claim.
    pub(super) fn later(self, name: &str, seconds: i64) -> Self {
        let time = self.claims[name].as_i64().expect("whole seconds") + seconds;
        self.claim(name, json!(time))
    }

    fn message(&self) -> String {
        [&self.header, &self.claims]
            .map(|part| BASE64.encode(part.to_string()))
            .join(".")
    }

    /// Signs the token with the server's own key, which only tests have.
    pub(super) fn signed(&self) -> String {
        self.signed_by(Program::signing_key())
    }

    pub(super) fn signed_by_a_stranger(&self) -> String {
        self.signed_by(SigningKey::generate().to_pem().expose_secret())
    }

    fn signed_by(&self, pem: &str) -> String {
        let key = EncodingKey::from_ed_pem(pem.as_bytes()).expect("a key");
        self.sealed(&key, Algorithm::EdDSA)
    }

    /// Signs the token with HMAC-SHA-256 and a secret (RFC 7518, section 3.2).
    pub(super) fn sealed_with(&self, secret: &[u8]) -> String {
        self.sealed(&EncodingKey::from_secret(secret), Algorithm::HS256)
    }

    fn sealed(&self, key: &EncodingKey, algorithm: Algorithm) -> String {
        let message = self.message();
        let signature = sign(message.as_bytes(), key, algorithm).expect("a signature");
        format!("{message}.{signature}")
    }

    pub(super) fn unsigned(&self) -> String {
        format!("{}.", self.message())
    }

    /// Attaches the signature of another token.
    pub(super) fn with_the_signature_of(&self, token: &str) -> String {
        let (_, signature) = token.rsplit_once('.').expect("a signature");
        format!("{}.{signature}", self.message())
    }
}

/// Returns invalid variants of a valid token, each with a description.
pub(super) fn bad_tokens_of(good: &str) -> Vec<(&'static str, String)> {
    let forgery = || Forgery::of(good);
    let key = SigningKey::from_pem(Program::signing_key()).expect("the key of all programs");
    let public = key.public_key();
    let hs256 = || forgery().header("alg", json!("HS256"));
    let padding = |length| forgery().claim("padding", json!("x".repeat(length))).signed();
    vec![
        ("signed by another key", forgery().signed_by_a_stranger()),
        (
            "expired",
            forgery()
                .later("exp", -3_600)
                .later("iat", -7_200)
                .later("nbf", -7_200)
                .signed(),
        ),
        ("not yet valid", forgery().later("nbf", 60).signed()),
        ("issued in the future", forgery().later("iat", 60).signed()),
        ("alg none", forgery().header("alg", json!("none")).unsigned()),
        (
            "alg none, signed",
            forgery().header("alg", json!("none")).signed(),
        ),
        ("not signed", forgery().unsigned()),
        (
            "HS256 with the public key",
            hs256().sealed_with(public.as_bytes()),
        ),
        (
            "HS256 with the public key's PEM",
            hs256().sealed_with(public.to_pem().as_bytes()),
        ),
        (
            "HS256 under the name of EdDSA",
            forgery().sealed_with(public.as_bytes()),
        ),
        ("another kid", forgery().header("kid", json!("another")).signed()),
        ("no kid", forgery().without_header("kid").signed()),
        ("its own key", forgery().header("jwk", public.to_jwk()).signed()),
        (
            "another issuer",
            forgery().claim("iss", json!("elsewhere")).signed(),
        ),
        (
            "another audience",
            forgery().claim("aud", json!("elsewhere")).signed(),
        ),
        (
            "another role",
            forgery()
                .claim("role", json!("ADMIN"))
                .with_the_signature_of(good),
        ),
        (
            "another session",
            forgery()
                .claim("sid", json!("0190a5f2-7c1e-7d54-9a3b-2f6c8e1d4b70"))
                .signed(),
        ),
        (
            "another's session",
            forgery()
                .claim("sub", json!("0190a5f2-7c1e-7d54-9a3b-2f6c8e1d4b70"))
                .signed(),
        ),
        ("truncated", good[..good.len() - 1].to_owned()),
        (
            "without its signature",
            good[..good.rfind('.').expect("three parts")].to_owned(),
        ),
        ("more than 4 KiB", padding(4_096)),
        ("more than 8 KiB", padding(9_000)),
        ("more than 32 KiB", padding(33_000)),
        ("garbage", "garbage".to_owned()),
        ("garbage of three parts", "gar.ba.ge".to_owned()),
        ("dots", ".".repeat(1_000)),
    ]
}
